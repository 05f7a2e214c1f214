/** Changes a source in a dialog. Its channel stays: another channel is another source. */
import { Dialog, Form, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Source } from "../backend.ts";
import { type FormErrors, readSourceSettings, type SettingField } from "./form-values.ts";
import { refusedField, SourceFields } from "./source-fields.tsx";

type SourceDialogProps = { source: Source | null; onDone: () => void };

export function SourceDialog({ source, onDone }: SourceDialogProps) {
  return (
    <Dialog
      open={source !== null}
      onOpenChange={(open) => !open && onDone()}
      title={`Edit ${source?.name ?? ""}`}
      description="Signals that are there stay in the feed they arrived in."
    >
      {source !== null && <SettingsForm source={source} onDone={onDone} />}
    </Dialog>
  );
}

function SettingsForm({ source, onDone }: { source: Source; onDone: () => void }) {
  const client = useConvex();
  const { busy, refusal, run, reset } = useDeed();
  const [errors, setErrors] = useState<FormErrors<SettingField>>({});
  const submit = async (form: FormData) => {
    const read = readSourceSettings(form);
    setErrors(read.ok ? {} : read.errors);
    reset();
    if (!read.ok) return false;
    const changes = { sourceId: source.sourceId, ...read.value };
    if (await run(() => client.mutation(api.sources.update, changes))) onDone();
    return false; // the dialog closes; until then the form keeps what was typed
  };
  const onField = refusedField(refusal);
  return (
    <Form
      label={`Source ${source.name}`}
      action="Save"
      busy={busy}
      error={onField === null ? (refusal?.message ?? null) : null}
      onSubmit={submit}
    >
      <SourceFields
        source={source}
        errorOf={(field) =>
          errors[field] ?? (onField === field ? (refusal?.message ?? null) : null)
        }
      />
    </Form>
  );
}
