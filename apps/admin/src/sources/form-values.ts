/** Reads the forms of this view. Says per field what is wrong before the backend has to. */
import { type Feed, isMediaHost } from "@heliograph/domain";
import { readIds } from "../capture/capture-words.ts";

export type FormErrors<Field extends string> = { [F in Field]?: string };
export type FormRead<Value, Field extends string> =
  | { ok: true; value: Value }
  | { ok: false; errors: FormErrors<Field> };

export type SettingField = "name" | "minTier" | "mediaHosts" | "allowedAuthors";
/** What may change about a source; its channel is what makes it that source. */
export type SourceSettings = {
  name: string;
  minTier: Feed;
  mediaHosts: string[];
  allowBots: boolean;
  allowedAuthors: string[];
};

export type SourceField = SettingField | "guildId" | "channelId";
export type SourceValue = SourceSettings & { guildId: string; channelId: string };

const NAME_LENGTH = 100; // what Discord allows a channel's name

/** A new source. */
export function readSourceForm(form: FormData): FormRead<SourceValue, SourceField> {
  const read = fieldReader<SourceField>(form);
  const settings = settingsOf(form, read);
  const guildId = read.discordId("guildId");
  return read.result({ ...settings, guildId, channelId: read.discordId("channelId") });
}

/** What is changed about a source. */
export function readSourceSettings(form: FormData): FormRead<SourceSettings, SettingField> {
  const read = fieldReader<SettingField>(form);
  return read.result(settingsOf(form, read));
}

/** Reads fields one by one and gathers what is wrong with them. */
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
  const hosts = (field: Field) => {
    const values = text(field)
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((host) => host !== "");
    const wrong = values.find((host) => !isMediaHost(host));
    if (wrong !== undefined) errors[field] = `"${wrong}" is no host. Example: i.example.com`;
    return values;
  };
  const result = <Value>(value: Value): FormRead<Value, Field> =>
    Object.keys(errors).length === 0 ? { ok: true, value } : { ok: false, errors };
  return { errors, text, name, discordId, hosts, result };
}

function settingsOf(
  form: FormData,
  read: Pick<ReturnType<typeof fieldReader<SettingField>>, "name" | "text" | "hosts">,
): SourceSettings {
  return {
    name: read.name("name"),
    minTier: tierOf(read.text("minTier")),
    mediaHosts: read.hosts("mediaHosts"),
    allowBots: form.get("allowBots") !== null,
    allowedAuthors: readIds(read.text("allowedAuthors")),
  };
}

/** The feed of that name; the lowest for any other word. */
export function tierOf(text: string): Feed {
  return text === "advanced" || text === "pro" ? text : "basic";
}
