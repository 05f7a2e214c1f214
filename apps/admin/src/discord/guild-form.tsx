/** The form of a server that plans open; asks before people are affected. */
import { FEEDS } from "@heliograph/domain";
import {
  CheckField,
  ConfirmDialog,
  Form,
  FormNote,
  SelectField,
  TextField,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type OpenedGuild } from "../backend.ts";
import type { FormErrors } from "../sources/form-values.ts";
import { tierWord } from "../sources/tier-word.ts";
import { type GuildField, readGuildForm } from "./guild-form-values.ts";
import { type ChosenGuild, GuildPicker } from "./guild-picker.tsx";
import { effectOfSaving } from "./guild-words.ts";
import { JoiningFindings } from "./joining-findings.tsx";

type GuildFormProps = {
  /** The server that is changed; null: a new one. */
  known: OpenedGuild | null;
  /** Servers that are in the list already. */
  listed: readonly string[];
  onSaved?: () => void;
};

export function GuildForm({ known, listed, onSaved }: GuildFormProps) {
  const client = useConvex();
  const deed = useDeed();
  const [guild, setGuild] = useState<ChosenGuild | null>(known);
  const [joins, setJoins] = useState(known?.joinAtPurchase ?? true);
  const [errors, setErrors] = useState<FormErrors<GuildField>>({});
  const [planned, setPlanned] = useState<{ setting: OpenedGuild; effect: string } | null>(null);
  const save = async (setting: OpenedGuild) => {
    const isSaved = await deed.run(() => client.mutation(api.discordGuilds.save, setting));
    if (isSaved) onSaved?.();
    setPlanned(null);
  };
  const submit = async (form: FormData) => {
    const read = readGuildForm(form, known?.guildId ?? null);
    setErrors(read.ok ? {} : read.errors);
    deed.reset();
    if (!read.ok) return false;
    const effect = effectOfSaving(known, read.value);
    if (effect === null) await save(read.value);
    else setPlanned({ setting: read.value, effect });
    return false; // what was typed stays until it is saved; then the form is made anew
  };
  return (
    <>
      <Form
        label={known === null ? "Add a server" : `Server ${known.name}`}
        action={known === null ? "Add server" : "Save"}
        busy={deed.busy}
        error={deed.refusal?.message ?? null}
        onSubmit={submit}
      >
        {known === null && (
          <GuildPicker error={errors.guildId ?? null} without={listed} onChoose={setGuild} />
        )}
        <TextField
          key={guild?.guildId}
          name="name"
          label="Name"
          hint="As customers read it."
          defaultValue={guild?.name ?? ""}
          error={errors.name ?? null}
        />
        <SelectField
          name="minTier"
          label="Least tier"
          hint="The lowest plan that opens it."
          defaultValue={known?.minTier ?? "basic"}
          options={FEEDS.map((tier) => ({ value: tier, text: tierWord(tier) }))}
        />
        <FormNote>
          <CheckField
            name="joinAtPurchase"
            label="Add customers when they buy"
            checked={joins}
            onChange={({ currentTarget }) => setJoins(currentTarget.checked)}
          />
        </FormNote>
        {joins && guild !== null && (
          <FormNote>
            <JoiningFindings guildId={guild.guildId} />
          </FormNote>
        )}
      </Form>
      <ConfirmDialog
        open={planned !== null}
        onOpenChange={(open) => !open && setPlanned(null)}
        title={`${known === null ? "Add" : "Change"} ${planned?.setting.name ?? ""}?`}
        consequence={planned?.effect ?? ""}
        action={known === null ? "Add server" : "Save server"}
        busy={deed.busy}
        error={null}
        onConfirm={() => planned !== null && void save(planned.setting)}
      />
    </>
  );
}
