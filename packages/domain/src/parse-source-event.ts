/**
 * Reads one event of a source from untrusted JSON, strictly: what is wrong is
 * named, with what to send instead, and nothing is guessed.
 *
 * Owns no state and no clock: the caller says what time it is.
 *
 * [EVT1] A refusal has a stable code and a message naming the field and the cure.
 * [EVT2] What was accepted is exactly what was sent, without fields that were null.
 * [EVT3] A delete needs its ids and time only, so that nothing can keep a post alive.
 * [EVT4] A time before 2015 or more than ten minutes ahead is refused.
 * [EVT5] A create carries text, an embed or a file.
 */
import {
  type Fields,
  Refusal,
  type RefusalCode,
  readId,
  readName,
  readObject,
  readOptional,
  readRequired,
  readText,
  readUrl,
  readWhole,
  readWord,
  refuseUnknown,
  withoutAbsent,
} from "./field-reading.ts";
import { readAttachments, readEmbeds } from "./parse-embed.ts";
import {
  type EventAuthor,
  INGEST_LIMITS as LIMITS,
  type PostEvent,
  SOURCE_KINDS,
  type SourceEvent,
} from "./source-event.ts";

/** An event, or why it was refused. */
export type ParsedEvent =
  | { readonly ok: true; readonly event: SourceEvent }
  | { readonly ok: false; readonly code: RefusalCode; readonly message: string };

const EVENT_TYPES = ["create", "update", "delete"] as const;
const HEAD_FIELDS = ["type", "messageId", "channelId", "threadId", "occurredAt"];
const POST_FIELDS = ["author", "content", "embeds", "attachments", "replyTo", "kind"];
const EVENT_FIELDS = [...HEAD_FIELDS, ...POST_FIELDS];
const ANY_WHOLE = { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER };

/** Reads an event. `nowMs` is the receiver's clock, to refuse times that cannot be. */
export function parseSourceEvent(input: unknown, context: { nowMs: number }): ParsedEvent {
  try {
    return { ok: true, event: readEvent(input, context.nowMs) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}

function readEvent(input: unknown, nowMs: number): SourceEvent {
  const fields = readObject(input, "the event");
  refuseUnknown(fields, EVENT_FIELDS, "the event");
  const type = readRequired(fields, "type", "type", (value) =>
    readWord(value, "type", { words: EVENT_TYPES, code: "bad_type" }),
  );
  const head = readHead(fields, nowMs);
  if (type === "delete") return { type, ...head };
  const event: PostEvent = { type, ...head, ...readPost(fields) };
  if (type === "create") refuseEmpty(event);
  return event;
}

function readHead(fields: Fields, nowMs: number) {
  const id = (name: string) => (value: unknown) => readId(value, name, LIMITS.idLength);
  return withoutAbsent({
    messageId: readRequired(fields, "messageId", "messageId", id("messageId")),
    channelId: readRequired(fields, "channelId", "channelId", id("channelId")),
    threadId: readOptional(fields, "threadId", id("threadId")),
    occurredAt: readRequired(fields, "occurredAt", "occurredAt", (value) => readTime(value, nowMs)),
  });
}

function readPost(fields: Fields) {
  return withoutAbsent({
    author: readOptional(fields, "author", readAuthor),
    content: readOptional(fields, "content", (value) =>
      readText(value, "content", LIMITS.contentLength),
    ),
    embeds: readOptional(fields, "embeds", (value) => readEmbeds(value, "embeds")),
    attachments: readOptional(fields, "attachments", (value) =>
      readAttachments(value, "attachments"),
    ),
    replyTo: readOptional(fields, "replyTo", (value) => readId(value, "replyTo", LIMITS.idLength)),
    kind: readOptional(fields, "kind", (value) =>
      readWord(value, "kind", { words: SOURCE_KINDS, code: "bad_kind" }),
    ),
  });
}

function readAuthor(value: unknown): EventAuthor {
  const fields = readObject(value, "author");
  refuseUnknown(fields, ["id", "name", "avatarUrl"], "author");
  return withoutAbsent({
    id: readRequired(fields, "id", "author.id", (id) => readId(id, "author.id", LIMITS.idLength)),
    name: readRequired(fields, "name", "author.name", (name) =>
      readName(name, "author.name", LIMITS.nameLength),
    ),
    avatarUrl: readOptional(fields, "avatarUrl", (url) =>
      readUrl(url, "author.avatarUrl", LIMITS.urlLength),
    ),
  });
}

function readTime(value: unknown, nowMs: number): number {
  const timeMs = readWhole(value, "occurredAt", ANY_WHOLE);
  if (timeMs < LIMITS.earliestMs) {
    throw new Refusal(
      "time_too_old",
      `occurredAt is ${timeMs}, before 2015; send milliseconds since 1970, not seconds`,
    );
  }
  if (timeMs > nowMs + LIMITS.futureToleranceMs) {
    throw new Refusal(
      "time_in_future",
      `occurredAt is ${timeMs}, ${timeMs - nowMs} ms ahead of this server; set the source's clock right`,
    );
  }
  return timeMs;
}

function refuseEmpty(event: PostEvent): void {
  const hasText = (event.content ?? "").trim() !== "";
  const hasCards = (event.embeds ?? []).length > 0 || (event.attachments ?? []).length > 0;
  if (hasText || hasCards) return;
  throw new Refusal(
    "empty_message",
    "a create needs content, an embed or an attachment; leave out messages that have none",
  );
}
