/** The words of the three tiers. */
import { Form, Inset, Panel, TextField, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type TierWords } from "../backend.ts";
import { tierWord } from "../sources/tier-word.ts";

export function TiersPanel({ tiers }: { tiers: readonly TierWords[] }) {
  return (
    <Panel
      title="Tiers"
      about="What customers call them. Each opens everything of those before it."
      flush
    >
      {tiers.map((words) => (
        // A change made elsewhere gives the form its new words.
        <Inset key={JSON.stringify(words)}>
          <TierForm words={words} />
        </Inset>
      ))}
    </Panel>
  );
}

function TierForm({ words: { tier, label, description } }: { words: TierWords }) {
  const client = useConvex();
  const { busy, refusal, run } = useDeed();
  const submit = async (form: FormData) => {
    const words = {
      tier,
      label: String(form.get("label") ?? "").trim(),
      description: String(form.get("description") ?? "").trim(),
    };
    await run(() => client.mutation(api.catalogue.saveTier, words));
    return false; // it keeps what was typed
  };
  const isAboutLabel = refusal?.code === "title_required";
  return (
    <Form
      label={`Tier ${tierWord(tier)}`}
      action={`Save ${tierWord(tier)}`}
      busy={busy}
      error={isAboutLabel ? null : (refusal?.message ?? null)}
      onSubmit={submit}
    >
      <TextField
        name="label"
        label={`Name of ${tierWord(tier)}`}
        defaultValue={label}
        error={isAboutLabel ? (refusal?.message ?? null) : null}
      />
      <TextField name="description" label="What it brings" defaultValue={description} />
    </Form>
  );
}
