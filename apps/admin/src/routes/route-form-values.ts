/** Reads the form of a route. Says per field what is wrong before the backend has to. */
import { MIRROR_MODES, type RouteRules, readRules } from "@heliograph/domain";
import { type FormErrors, type FormRead, fieldReader } from "../sources/form-values.ts";

export type RouteField =
  | "sourceId"
  | "guildId"
  | "channelId"
  | "name"
  | "pingRoleId"
  | "parentChannelId"
  | "prefix"
  | ListField;

const LIST_FIELDS = {
  "authors.only": "authorsOnly",
  "authors.never": "authorsNever",
  "keywords.only": "keywordsOnly",
  "keywords.never": "keywordsNever",
  "keywords.strip": "keywordsStrip",
  "domains.allow": "domainsAllow",
  "domains.block": "domainsBlock",
} as const;
type ListField = (typeof LIST_FIELDS)[keyof typeof LIST_FIELDS];

export interface RouteValue {
  sourceId: string;
  guildId: string;
  channelId: string;
  name: string;
  pingRoleId: string | null;
  rules: RouteRules;
}

/** A route, new or changed. */
export function readRouteForm(form: FormData): FormRead<RouteValue, RouteField> {
  const read = fieldReader<RouteField>(form);
  const rules = readRouteRules(form);
  const value = {
    sourceId: read.text("sourceId"),
    guildId: read.discordId("guildId"),
    channelId: read.discordId("channelId"),
    name: read.name("name"),
    pingRoleId: read.text("pingRoleId") === "" ? null : read.discordId("pingRoleId"),
    rules: rules.ok ? rules.value : plainOf(form),
  };
  if (value.sourceId === "") read.errors.sourceId = "Choose a source.";
  if (!rules.ok) Object.assign(read.errors, rules.errors);
  return read.result(value);
}

/** The rules alone: what a preview needs of a form that is not filled yet. */
export function readRouteRules(form: FormData): FormRead<RouteRules, RouteField> {
  const read = readRules(plainOf(form));
  if (read.ok) return { ok: true, value: read.rules };
  const errors: FormErrors<RouteField> = {};
  errors[fieldOf(read.fault.field)] = read.fault.message;
  return { ok: false, errors };
}

/** What is in the form, as it is written there. */
function plainOf(form: FormData): RouteRules {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const lines = (name: ListField) => text(name).split("\n");
  return {
    mode: MIRROR_MODES.find((mode) => mode === text("mode")) ?? "bot",
    place: placeOf(text("place"), text("parentChannelId")),
    authors: { only: lines("authorsOnly"), never: lines("authorsNever") },
    keywords: {
      only: lines("keywordsOnly"),
      never: lines("keywordsNever"),
      strip: lines("keywordsStrip"),
    },
    domains: { allow: lines("domainsAllow"), block: lines("domainsBlock") },
    prefix: text("prefix"),
    stripInvites: form.has("stripInvites"),
    stripMentions: form.has("stripMentions"),
    whenRemoved: text("whenRemoved") === "leave" ? "leave" : "restore",
  };
}

function placeOf(kind: string, parentChannelId: string): RouteRules["place"] {
  if (kind === "thread") return { kind, parentChannelId };
  return kind === "forum" ? { kind } : { kind: "channel" };
}

function fieldOf(path: string): RouteField {
  const list = Object.entries(LIST_FIELDS).find(([known]) => known === path)?.[1];
  return list ?? (path === "prefix" ? "prefix" : "parentChannelId");
}
