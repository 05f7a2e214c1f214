/** Reads the forms of this view. Says per field what is wrong before the backend has to. */

export type FormErrors<Field extends string> = { [F in Field]?: string };
export type FormRead<Value, Field extends string> =
  | { ok: true; value: Value }
  | { ok: false; errors: FormErrors<Field> };

export type SourceField = "name" | "guildId" | "channelId" | "minTier";
export type SourceValue = {
  name: string;
  guildId: string;
  channelId: string;
  minTier: "basic" | "advanced" | "pro";
};

const NAME_LENGTH = 100; // what Discord allows a channel's name

/** A new source. */
export function readSourceForm(form: FormData): FormRead<SourceValue, SourceField> {
  const read = fieldReader<SourceField>(form);
  const value = {
    name: read.name("name"),
    guildId: read.discordId("guildId"),
    channelId: read.discordId("channelId"),
    minTier: tierOf(read.text("minTier")),
  };
  return read.result(value);
}

/** Reads the fields of a form one by one and keeps what is wrong with each. */
export function fieldReader<Field extends string>(form: FormData) {
  const errors: FormErrors<Field> = {};
  const text = (field: Field) => String(form.get(field) ?? "").trim();
  const name = (field: Field) => {
    const value = text(field);
    if (value === "") errors[field] = "Give it a name.";
    else if (value.length > NAME_LENGTH) errors[field] = `At most ${NAME_LENGTH} characters.`;
    return value;
  };
  const discordId = (field: Field) => {
    const value = text(field);
    if (!/^\d{5,25}$/.test(value)) errors[field] = "A Discord id is 5 to 25 digits.";
    return value;
  };
  const result = <Value>(value: Value): FormRead<Value, Field> =>
    Object.keys(errors).length === 0 ? { ok: true, value } : { ok: false, errors };
  return { errors, text, name, discordId, result };
}

function tierOf(text: string): SourceValue["minTier"] {
  return text === "advanced" || text === "pro" ? text : "basic";
}
