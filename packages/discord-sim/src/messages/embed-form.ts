/**
 * Reads embeds from a request and holds them to Discord's limits.
 *
 * [DMSG3] The limits per part, ten embeds, 6,000 characters over all embeds.
 */
import { type APIEmbed, type APIEmbedField, EmbedType } from "discord-api-types/v10";
import type { Fields } from "./form-errors.ts";
import {
  type Reading,
  readFields,
  readFlag,
  readInteger,
  readList,
  readRequiredText,
  readText,
  readUrl,
  under,
} from "./read-fields.ts";

const LIMITS = {
  embeds: 10,
  total: 6_000,
  title: 256,
  description: 4_096,
  fields: 25,
  fieldName: 256,
  fieldValue: 1_024,
  footer: 2_048,
  author: 256,
};
const MAX_COLOR = 0xff_ff_ff;

/** Undefined when the body has no embeds; faults go to the form's errors. */
export function readEmbeds(value: unknown, reading: Reading): APIEmbed[] | undefined {
  const list = readList(value, LIMITS.embeds, reading);
  if (list === undefined) return undefined;
  const embeds = list.map((item, index) => readEmbed(item, under(reading, index)));
  const total = embeds.reduce((sum, embed) => sum + textLength(embed), 0);
  if (total > LIMITS.total) {
    reading.errors.add(
      reading.path,
      "MAX_EMBED_SIZE_EXCEEDED",
      `Embed size exceeds maximum size of ${LIMITS.total}`,
    );
  }
  return embeds;
}

function readEmbed(value: unknown, reading: Reading): APIEmbed {
  const source = readFields(value, reading) ?? {};
  const embed: APIEmbed = withoutAbsent({
    type: EmbedType.Rich,
    title: orAbsent(readText(source.title, LIMITS.title, under(reading, "title"))),
    description: orAbsent(
      readText(source.description, LIMITS.description, under(reading, "description")),
    ),
    url: readUrl(source.url, "link", under(reading, "url")),
    color: readInteger(source.color, MAX_COLOR, under(reading, "color")),
    timestamp: readTimestamp(source.timestamp, under(reading, "timestamp")),
    footer: readFooter(source.footer, under(reading, "footer")),
    author: readAuthor(source.author, under(reading, "author")),
    image: readMedia(source.image, under(reading, "image")),
    thumbnail: readMedia(source.thumbnail, under(reading, "thumbnail")),
    fields: readEmbedFields(source.fields, under(reading, "fields")),
  });
  // An embed that shows nothing is refused by naming its description.
  if (!isVisible(embed)) {
    reading.errors.add(
      [...reading.path, "description"],
      "BASE_TYPE_REQUIRED",
      "This field is required",
    );
  }
  return embed;
}

function isVisible(embed: APIEmbed): boolean {
  const { title, description, footer, author, image, thumbnail, fields } = embed;
  return (
    [title, description, footer, author, image, thumbnail].some(Boolean) ||
    (fields?.length ?? 0) > 0
  );
}

function readTimestamp(value: unknown, reading: Reading): string | undefined {
  if (value === undefined || value === null) return undefined;
  const atMs =
    typeof value === "string" || typeof value === "number" ? new Date(value).getTime() : Number.NaN;
  if (!Number.isNaN(atMs)) return new Date(atMs).toISOString();
  reading.errors.add(
    reading.path,
    "DATE_TIME_TYPE_PARSE",
    `Could not parse ${String(value)}. Should be ISO8601.`,
  );
  return undefined;
}

function readFooter(value: unknown, reading: Reading): APIEmbed["footer"] {
  const source = readFields(value, reading);
  if (source === undefined) return undefined;
  return withoutAbsent({
    text: readRequiredText(source.text, LIMITS.footer, under(reading, "text")),
    icon_url: readUrl(source.icon_url, "media", under(reading, "icon_url")),
  });
}

function readAuthor(value: unknown, reading: Reading): APIEmbed["author"] {
  const source = readFields(value, reading);
  if (source === undefined) return undefined;
  return withoutAbsent({
    name: readRequiredText(source.name, LIMITS.author, under(reading, "name")),
    url: readUrl(source.url, "link", under(reading, "url")),
    icon_url: readUrl(source.icon_url, "media", under(reading, "icon_url")),
  });
}

function readMedia(value: unknown, reading: Reading): { url: string } | undefined {
  const source = readFields(value, reading);
  const url = source && readUrl(source.url, "media", under(reading, "url"));
  return url === undefined ? undefined : { url };
}

function readEmbedFields(value: unknown, reading: Reading): APIEmbedField[] | undefined {
  const list = readList(value, LIMITS.fields, reading);
  return list?.map((item, index) => {
    const at = under(reading, index);
    const source: Fields = readFields(item, at) ?? {};
    return {
      name: readRequiredText(source.name, LIMITS.fieldName, under(at, "name")),
      value: readRequiredText(source.value, LIMITS.fieldValue, under(at, "value")),
      inline: readFlag(source.inline, under(at, "inline")) ?? false,
    };
  });
}

function textLength(embed: APIEmbed): number {
  const fields = (embed.fields ?? []).flatMap(({ name, value }) => [name, value]);
  const texts = [embed.title, embed.description, embed.footer?.text, embed.author?.name, ...fields];
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}

function orAbsent(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** On the wire an absent field is not there, rather than undefined. */
function withoutAbsent<T extends object>(
  source: T,
): Partial<Present<T>> & Pick<T, RequiredKeys<T>> {
  const entries = Object.entries(source).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Present<T>> & Pick<T, RequiredKeys<T>>;
}

type RequiredKeys<T> = { [K in keyof T]: undefined extends T[K] ? never : K }[keyof T];
