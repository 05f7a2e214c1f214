/** Reads the forms of this view. Says per field what is wrong before the backend has to. */
import { isMediaHost } from "@heliograph/domain";

export type FormErrors<Field extends string> = { [F in Field]?: string };
export type FormRead<Value, Field extends string> =
  | { ok: true; value: Value }
  | { ok: false; errors: FormErrors<Field> };

export type SourceField = "name" | "guildId" | "channelId" | "minTier" | "mediaHosts";
export type SourceValue = {
  name: string;
  guildId: string;
  channelId: string;
  minTier: "basic" | "advanced" | "pro";
  mediaHosts: string[];
};

export type RouteField = "sourceId" | "guildId" | "channelId" | "name" | "pingRoleId";
export type RouteValue = {
  sourceId: string;
  guildId: string;
  channelId: string;
  name: string;
  pingRoleId: string | null;
};

const NAME_LENGTH = 100; // what Discord allows a channel's name

/** A new source. */
export function readSourceForm(form: FormData): FormRead<SourceValue, SourceField> {
  const read = reader<SourceField>(form);
  const value = {
    name: read.name("name"),
    guildId: read.discordId("guildId"),
    channelId: read.discordId("channelId"),
    minTier: tierOf(read.text("minTier")),
    mediaHosts: read.hosts("mediaHosts"),
  };
  return read.result(value);
}

/** A new route. */
export function readRouteForm(form: FormData): FormRead<RouteValue, RouteField> {
  const read = reader<RouteField>(form);
  const value = {
    sourceId: read.text("sourceId"),
    guildId: read.discordId("guildId"),
    channelId: read.discordId("channelId"),
    name: read.name("name"),
    pingRoleId: read.text("pingRoleId") === "" ? null : read.discordId("pingRoleId"),
  };
  if (value.sourceId === "") read.errors.sourceId = "Choose a source.";
  return read.result(value);
}

/** Reads fields one by one and gathers what is wrong with them. */
export function reader<Field extends string>(form: FormData) {
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

/** The feed of that name; the lowest for any other word. */
export function tierOf(text: string): SourceValue["minTier"] {
  return text === "advanced" || text === "pro" ? text : "basic";
}
