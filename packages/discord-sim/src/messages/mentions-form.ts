/** Reads `allowed_mentions` from a request. */
import type { AllowedMentions, MentionKind } from "./mentions.ts";
import {
  type Reading,
  readFields,
  readFlag,
  readList,
  readSnowflake,
  under,
} from "./read-fields.ts";

const KINDS: readonly MentionKind[] = ["users", "roles", "everyone"];
const MAX_IDS = 100;

/** Undefined when the body says nothing, which is not the same as allowing nothing. */
export function readAllowedMentions(value: unknown, reading: Reading): AllowedMentions | undefined {
  const source = readFields(value, reading);
  if (source === undefined) return undefined;
  const parse = readKinds(source.parse, under(reading, "parse"));
  for (const kind of ["users", "roles"] as const) {
    const listed = source[kind];
    if (!parse.includes(kind) || !Array.isArray(listed) || listed.length === 0) continue;
    const message = `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`;
    reading.errors.add(reading.path, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message);
  }
  return {
    parse,
    users: readIds(source.users, under(reading, "users")),
    roles: readIds(source.roles, under(reading, "roles")),
    repliedUser: readFlag(source.replied_user, under(reading, "replied_user")) ?? false,
  };
}

function readKinds(value: unknown, reading: Reading): MentionKind[] {
  const list = readList(value, KINDS.length, reading) ?? [];
  return list.flatMap((item, index) => {
    const kind = KINDS.find((known) => known === item);
    if (kind !== undefined) return [kind];
    const listed = KINDS.map((known) => `'${known}'`).join(", ");
    reading.errors.add(
      [...reading.path, index],
      "BASE_TYPE_CHOICES",
      `Value must be one of (${listed}).`,
    );
    return [];
  });
}

function readIds(value: unknown, reading: Reading): string[] {
  const list = readList(value, MAX_IDS, reading) ?? [];
  return list.flatMap((item, index) => readSnowflake(item, under(reading, index)) ?? []);
}
