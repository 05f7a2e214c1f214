/**
 * Reading embeds and attachments of untrusted events.
 *
 * Two spellings of an embed are read: ours (`imageUrl`, `footer: "text"`) and
 * Discord's (`image: {url}`, `footer: {text}`), so that a source may hand on what
 * Discord gave it. Fields neither of them needs are dropped, for platforms add
 * their own; what is kept is checked.
 */
import {
  type Fields,
  Refusal,
  readArray,
  readId,
  readName,
  readObject,
  readOptional,
  readRequired,
  readText,
  readUrl,
  readWhole,
  withoutAbsent,
} from "./field-reading.ts";
import {
  type Embed,
  type EmbedField,
  type EventAttachment,
  INGEST_LIMITS as LIMITS,
} from "./source-event.ts";

const COLOR = { least: 0, most: 0xffffff };
const NATURAL = { least: 0, most: Number.MAX_SAFE_INTEGER };
const ANY_TIME = { least: -8_640_000_000_000_000, most: 8_640_000_000_000_000 }; // all a Date can hold

/** The embeds of an event, checked one by one and in sum. */
export function readEmbeds(value: unknown, path: string): Embed[] {
  const items = readArray(value, path, { most: LIMITS.embeds, code: "too_many_embeds" });
  const embeds = items.map((item, index) => readEmbed(item, `${path}[${index}]`));
  const length = embeds.reduce((sum, embed) => sum + embedTextLength(embed), 0);
  if (length > LIMITS.embedTextLength) {
    throw new Refusal(
      "embeds_too_long",
      `${path} hold ${length} characters together; send at most ${LIMITS.embedTextLength}`,
    );
  }
  return embeds;
}

/** Characters of an embed that count against Discord's sum of 6,000. */
export function embedTextLength(embed: Embed): number {
  const fields = embed.fields ?? [];
  const texts = [embed.title, embed.description, embed.footer, embed.author?.name];
  const own = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
  return fields.reduce((sum, field) => sum + field.name.length + field.value.length, own);
}

/** The attachments of an event. */
export function readAttachments(value: unknown, path: string): EventAttachment[] {
  const limit = { most: LIMITS.attachments, code: "too_many_attachments" } as const;
  return readArray(value, path, limit).map((item, i) => readAttachment(item, `${path}[${i}]`));
}

function readAttachment(value: unknown, path: string): EventAttachment {
  const fields = readObject(value, path);
  const natural = (name: string) =>
    readOptional(fields, name, (found) => readWhole(found, `${path}.${name}`, NATURAL));
  return withoutAbsent({
    id: readRequired(fields, "id", `${path}.id`, (id) => readId(id, `${path}.id`, LIMITS.idLength)),
    name: readRequired(fields, "name", `${path}.name`, (name) =>
      readName(name, `${path}.name`, LIMITS.attachmentNameLength),
    ),
    url: readRequired(fields, "url", `${path}.url`, (url) =>
      readUrl(url, `${path}.url`, LIMITS.urlLength),
    ),
    contentType: readOptional(fields, "contentType", (type) =>
      readText(type, `${path}.contentType`, LIMITS.nameLength).toLowerCase(),
    ),
    size: natural("size"),
    width: natural("width"),
    height: natural("height"),
  });
}

function readEmbed(value: unknown, path: string): Embed {
  const fields = readObject(value, path);
  const text = (name: string, most: number) =>
    readOptional(fields, name, (found) => readText(found, `${path}.${name}`, most));
  const url = (name: string, found: unknown) =>
    found === undefined ? undefined : readUrl(found, `${path}.${name}`, LIMITS.urlLength);
  return withoutAbsent({
    title: text("title", LIMITS.embedTitleLength),
    description: text("description", LIMITS.embedDescriptionLength),
    url: url("url", fields.url ?? undefined),
    color: readOptional(fields, "color", (color) => readWhole(color, `${path}.color`, COLOR)),
    author: readOptional(fields, "author", (author) => readEmbedAuthor(author, `${path}.author`)),
    fields: readOptional(fields, "fields", (list) => readEmbedFields(list, `${path}.fields`)),
    imageUrl: url("imageUrl", eitherSpelling(fields, "imageUrl", { name: "image", inner: "url" })),
    thumbnailUrl: url(
      "thumbnailUrl",
      eitherSpelling(fields, "thumbnailUrl", { name: "thumbnail", inner: "url" }),
    ),
    footer: readOptional({ footer: footerOf(fields) }, "footer", (footer) =>
      readText(footer, `${path}.footer`, LIMITS.embedFooterLength),
    ),
    timestampMs: readTimestamp(fields, path),
  });
}

function readEmbedAuthor(value: unknown, path: string): NonNullable<Embed["author"]> {
  const fields = readObject(value, path);
  const url = (name: string, found: unknown) =>
    found === undefined || found === null
      ? undefined
      : readUrl(found, `${path}.${name}`, LIMITS.urlLength);
  return withoutAbsent({
    name: readRequired(fields, "name", `${path}.name`, (name) =>
      readText(name, `${path}.name`, LIMITS.nameLength),
    ),
    url: url("url", fields.url),
    iconUrl: url("iconUrl", fields.iconUrl ?? fields.icon_url),
  });
}

function readEmbedFields(value: unknown, path: string): EmbedField[] {
  const limit = { most: LIMITS.embedFields, code: "too_many_embeds" } as const;
  return readArray(value, path, limit).map((item, index) => {
    const fields = readObject(item, `${path}[${index}]`);
    const text = (name: string, most: number) =>
      readRequired(fields, name, `${path}[${index}].${name}`, (found) =>
        readText(found, `${path}[${index}].${name}`, most),
      );
    return {
      name: text("name", LIMITS.embedFieldNameLength),
      value: text("value", LIMITS.embedFieldValueLength),
      ...(fields.inline === true ? { inline: true } : {}),
    };
  });
}

function eitherSpelling(
  fields: Fields,
  ours: string,
  discord: { name: string; inner: string },
): unknown {
  const nested = fields[discord.name];
  if (fields[ours] !== undefined && fields[ours] !== null) return fields[ours];
  if (typeof nested !== "object" || nested === null) return undefined;
  return { ...nested }[discord.inner as keyof typeof nested];
}

function footerOf(fields: Fields): unknown {
  const isText = typeof fields.footer === "string";
  return isText ? fields.footer : eitherSpelling(fields, "", { name: "footer", inner: "text" });
}

function readTimestamp(fields: Fields, path: string): number | undefined {
  const own = readOptional(fields, "timestampMs", (time) =>
    readWhole(time, `${path}.timestampMs`, ANY_TIME),
  );
  if (own !== undefined || typeof fields.timestamp !== "string") return own;
  const parsed = Date.parse(fields.timestamp);
  return Number.isNaN(parsed) ? undefined : parsed;
}
