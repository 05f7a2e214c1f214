/** Writes a template beside what it makes of an alert. */
import {
  Button,
  Form,
  MarkdownView,
  Quiet,
  Stack,
  Strip,
  TextAreaField,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { type AlertTemplate, api, type Source } from "../backend.ts";
import { type Preview, previewTemplate } from "./preview-template.ts";

const SAMPLE = `{"alert_name":"Cross","ticker":"BTCUSDT","interval":"60","time":"2026-02-14T10:00:00Z",
 "action":"buy","close":61200.5}`;

type TemplateFormProps = {
  sourceId: Source["sourceId"];
  editing: AlertTemplate | null;
  latestAlert: string | null;
  onDone: () => void;
};

export function TemplateForm({ sourceId, editing, latestAlert, onDone }: TemplateFormProps) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const [template, setTemplate] = useState(editing?.template ?? "");
  const [sample, setSample] = useState<string | null>(null);
  const alert = sample ?? latestAlert ?? SAMPLE;
  const preview = previewTemplate(template, alert);
  const submit = async (form: FormData) => {
    const alertName = String(form.get("alertName") ?? "").trim();
    const saved = { sourceId, template, alertName: alertName === "" ? null : alertName };
    const isDone = await run(() => client.mutation(api.tradingview.save, saved));
    if (isDone) {
      setTemplate("");
      onDone();
    }
    return isDone;
  };
  return (
    <Form
      label={editing === null ? "Add a template" : "Edit the template"}
      action="Save template"
      busy={busy}
      error={preview.state === "faulty" ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      <TextField
        name="alertName"
        label="Name of the alert"
        hint="Its alert_name or name. Empty: for all others."
        defaultValue={editing?.alertName ?? ""}
      />
      <TextAreaField
        label="Template"
        rows={8}
        hint={
          '{{ticker}}, {{price|close|"none"}}, {{action:upper}}, {{alert}}, [[ left out {{if_absent}} ]]'
        }
        value={template}
        error={preview.state === "faulty" && template !== "" ? preview.message : null}
        onChange={({ currentTarget }) => setTemplate(currentTarget.value)}
      />
      <TextAreaField
        label="Tried out on"
        rows={8}
        hint={sample === null && latestAlert !== null ? "The latest alert." : "Any alert."}
        value={alert}
        onChange={({ currentTarget }) => setSample(currentTarget.value)}
      />
      <section aria-label="What it makes of the alert" aria-live="polite">
        <Quiet>Becomes</Quiet>
        <PreviewText preview={preview} />
      </section>
      {editing !== null && (
        <div>
          <Button onClick={onDone}>Write another one instead</Button>
        </div>
      )}
    </Form>
  );
}

function PreviewText({ preview }: { preview: Preview }) {
  switch (preview.state) {
    case "faulty":
      return <Quiet>The template cannot be read yet.</Quiet>;
    case "noAlert":
      return <Quiet>Put an alert in, to see what it becomes.</Quiet>;
    case "shown":
      return (
        <Stack gap="tight">
          <MarkdownView text={preview.content} />
          {preview.notes.map((note) => (
            <Strip key={note} tone="info">
              {note}
            </Strip>
          ))}
        </Stack>
      );
    default:
      return preview satisfies never;
  }
}
