/** What a source sends: one create, edit or delete of one message; and what one request may hold. */

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

/** A card under the text. `color` is 0xRRGGBB; `footer` is its text. */
export interface Embed {
  title?: string;
  description?: string;
  url?: string;
  color?: number;
  author?: { name: string; url?: string; iconUrl?: string };
  fields?: { name: string; value: string; inline?: boolean }[];
  imageUrl?: string;
  thumbnailUrl?: string;
  footer?: string;
  timestampMs?: number;
}

interface EventHead {
  /** The source's id of the message. Repeats of one event do no harm because of it. */
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
  /** Left out, it is read from the text. */
  kind?: "entry" | "update" | "close";
}

/** The message is gone, for good. */
export interface DeleteEvent extends EventHead {
  type: "delete";
}

export type SourceEvent = PostEvent | DeleteEvent;

/** What one request may hold. */
export const REQUEST_LIMITS = { events: 100, bodyBytes: 1024 * 1024 } as const;
