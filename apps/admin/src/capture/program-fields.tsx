/** Which programs are let into a source: the fields allowBots and allowedAuthors of a form. */
import { CheckField, FormNote, TextField } from "@heliograph/ui";
import type { Source } from "../backend.ts";

type ProgramFieldsProps = {
  /** Null: a new source. */
  source: Pick<Source, "allowBots" | "allowedAuthors"> | null;
  error: string | null;
};

export function ProgramFields({ source, error }: ProgramFieldsProps) {
  return (
    <>
      <TextField
        name="allowedAuthors"
        label="Programs let in"
        hint="Ids of bots, webhooks, applications or the followed channel, separated by commas."
        defaultValue={source?.allowedAuthors.join(", ")}
        error={error}
      />
      <FormNote>
        <CheckField
          name="allowBots"
          label="Let every program in"
          defaultChecked={source?.allowBots ?? false}
        />
      </FormNote>
    </>
  );
}
