/** Reads what a request says of a channel. Absent fields are absent. */
import { ChannelType } from "discord-api-types/v10";
import { type Fields, FormErrors, isFields } from "../messages/form-errors.ts";
import {
  type Reading,
  readFlag,
  readInteger,
  readList,
  readSnowflake,
  readText,
  under,
} from "../messages/read-fields.ts";
import type { ChannelRecord, TagRecord } from "../state/records.ts";
import type { SnowflakeSource } from "../state/snowflakes.ts";
import { readOverwrites } from "./permission-fields.ts";

export type ChannelForm = Partial<
  Pick<
    ChannelRecord,
    | "name"
    | "type"
    | "topic"
    | "position"
    | "parentId"
    | "overwrites"
    | "nsfw"
    | "slowmodeSeconds"
    | "tags"
    | "tagRequired"
  >
>;

const MAX_NAME_CHARS = 100;
const MAX_TOPIC_CHARS = 4_096;
const MAX_SLOWMODE_SECONDS = 21_600;
const MAX_TAGS = 20;
const MAX_TAG_CHARS = 20;
const REQUIRE_TAG = 1 << 4;
const MADE_TYPES = [
  ChannelType.GuildText,
  ChannelType.GuildVoice,
  ChannelType.GuildCategory,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
];

export function readChannelForm(fields: Fields, ids: SnowflakeSource): ChannelForm {
  const errors = new FormErrors();
  const at = (name: string) => ({ errors, path: [name] });
  const flags = readInteger(fields.flags, 2 ** 31, at("flags"));
  const form = {
    name: readName(fields, at("name")),
    type: readType(fields.type, at("type")),
    topic:
      "topic" in fields
        ? (readText(fields.topic, MAX_TOPIC_CHARS, at("topic")) ?? null)
        : undefined,
    position: readInteger(fields.position, 1_000, at("position")),
    parentId:
      "parent_id" in fields
        ? (readSnowflake(fields.parent_id, at("parent_id")) ?? null)
        : undefined,
    overwrites: readOverwrites(fields.permission_overwrites, at("permission_overwrites")),
    nsfw: readFlag(fields.nsfw, at("nsfw")),
    slowmodeSeconds: readInteger(
      fields.rate_limit_per_user,
      MAX_SLOWMODE_SECONDS,
      at("rate_limit_per_user"),
    ),
    tags: readTags(fields.available_tags, at("available_tags"), ids),
    tagRequired: flags === undefined ? undefined : (flags & REQUIRE_TAG) !== 0,
  };
  errors.throwIfAny();
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
}

function readName(fields: Fields, reading: Reading): string | undefined {
  const name = readText(fields.name, MAX_NAME_CHARS, reading);
  if (name === "")
    reading.errors.add(
      reading.path,
      "BASE_TYPE_BAD_LENGTH",
      "Must be between 1 and 100 in length.",
    );
  return name;
}

function readType(value: unknown, reading: Reading): number | undefined {
  if (value === undefined || value === null) return undefined;
  const type = MADE_TYPES.find((known) => known === value);
  if (type === undefined)
    reading.errors.add(
      reading.path,
      "BASE_TYPE_CHOICES",
      `Value must be one of {${MADE_TYPES.join(", ")}}.`,
    );
  return type;
}

function readTags(value: unknown, reading: Reading, ids: SnowflakeSource): TagRecord[] | undefined {
  return readList(value, MAX_TAGS, reading)?.map((item, index) => {
    const at = under(reading, index);
    const source = isFields(item) ? item : {};
    return {
      id: readSnowflake(source.id, under(at, "id")) ?? ids.next(),
      name: readText(source.name, MAX_TAG_CHARS, under(at, "name")) ?? "",
      moderated: readFlag(source.moderated, under(at, "moderated")) ?? false,
    };
  });
}
