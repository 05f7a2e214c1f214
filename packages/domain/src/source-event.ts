/**
 * The event a source sends: one create, edit or delete of one message.
 *
 * Owns the types and the limits that ingest, the bot and the client share. The
 * reading of untrusted input is in parse-source-event.ts.
 */

/** What a post means to someone who trades on it. `other` is everything unclear. */
export const SIGNAL_KINDS = ["entry", "update", "close", "other"] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

/** The kinds a source may name itself; it leaves the field out rather than say `other`. */
export const SOURCE_KINDS = ["entry", "update", "close"] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Who wrote the post, as the source knows them. */
export interface EventAuthor {
  id: string;
  name: string;
  avatarUrl?: string;
}

/** A file of the post. `size` in bytes, `width` and `height` in pixels. */
export interface EventAttachment {
  id: string;
  name: string;
  url: string;
  contentType?: string;
  size?: number;
  width?: number;
  height?: number;
}

/** One name and value inside an embed. */
export interface EmbedField {
  name: string;
  value: string;
  inline?: boolean;
}

/** A card under the text. `color` is 0xRRGGBB; `footer` is its text. */
export interface Embed {
  title?: string;
  description?: string;
  url?: string;
  color?: number;
  author?: { name: string; url?: string; iconUrl?: string };
  fields?: EmbedField[];
  imageUrl?: string;
  thumbnailUrl?: string;
  footer?: string;
  timestampMs?: number;
}

interface EventHead {
  /** The source's id of the message: with the source it is the key that makes repeats harmless. */
  messageId: string;
  channelId: string;
  threadId?: string;
  /** The source's time of this create, edit or delete, in ms since 1970. Orders the events of one message. */
  occurredAt: number;
}

/** A new message, or what an edit changed: a field left out keeps its value, an empty one clears it. */
export interface PostEvent extends EventHead {
  type: "create" | "update";
  author?: EventAuthor;
  content?: string;
  embeds?: Embed[];
  attachments?: EventAttachment[];
  /** The messageId this one answers. */
  replyTo?: string;
  kind?: SourceKind;
}

/** The message is gone, for good. */
export interface DeleteEvent extends EventHead {
  type: "delete";
}

export type SourceEvent = PostEvent | DeleteEvent;

/** What one ingest request and one event may hold. Lengths in UTF-16 units, as JavaScript counts. */
export const INGEST_LIMITS = {
  eventsPerRequest: 100,
  bodyBytes: 1024 * 1024,
  idLength: 128,
  nameLength: 256,
  urlLength: 2048,
  contentLength: 4000, // what Discord allows its longest writers
  embeds: 10,
  embedTextLength: 6000, // summed over all embeds of the event
  embedTitleLength: 256,
  embedDescriptionLength: 4096,
  embedFields: 25,
  embedFieldNameLength: 256,
  embedFieldValueLength: 1024,
  embedFooterLength: 2048,
  attachments: 10,
  attachmentNameLength: 180,
  earliestMs: 1_420_070_400_000, // 2015-01-01, the epoch of Discord's own ids: nothing can be older
  futureToleranceMs: 10 * 60 * 1000, // source clocks run a little ahead, not more
} as const;
