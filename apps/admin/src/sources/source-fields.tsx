/** What may be set about a source, new or not, and which field a refusal belongs to. */
import { FEEDS } from "@heliograph/domain";
import { type Deed, SelectField, TextField } from "@heliograph/ui";
import type { Source } from "../backend.ts";
import { ProgramFields } from "../capture/program-fields.tsx";
import type { SettingField, SourceField } from "./form-values.ts";
import { tierWord } from "./tier-word.ts";

const REFUSED_FIELDS: Readonly<Record<string, SourceField>> = {
  name_taken: "name",
  channel_taken: "channelId",
  channel_is_target: "channelId",
  bad_media_host: "mediaHosts",
  bad_author: "allowedAuthors",
};

/** The field that a refusal is about; null: the form as a whole. */
export function refusedField(refusal: Deed["refusal"]): SourceField | null {
  return REFUSED_FIELDS[refusal?.code ?? ""] ?? null;
}

type SourceFieldsProps = {
  /** Null: a new one. */
  source: Source | null;
  errorOf: (field: SettingField) => string | null;
};

export function SourceFields({ source, errorOf }: SourceFieldsProps) {
  return (
    <>
      <TextField
        name="name"
        label="Name"
        hint="Shown on every signal."
        defaultValue={source?.name}
        error={errorOf("name")}
      />
      <SelectField
        name="minTier"
        label="Feed"
        hint={
          source === null
            ? "The lowest plan that sees it."
            : "The lowest plan that sees it, from the next signal on."
        }
        defaultValue={source?.minTier}
        options={FEEDS.map((feed) => ({ value: feed, text: tierWord(feed) }))}
      />
      <TextField
        name="mediaHosts"
        label="Picture hosts"
        hint="Besides Discord, where its pictures may be copied from: i.example.com, *.example.com. Empty for none."
        defaultValue={source?.mediaHosts?.join(", ")}
        error={errorOf("mediaHosts")}
      />
      <ProgramFields source={source} error={errorOf("allowedAuthors")} />
    </>
  );
}
