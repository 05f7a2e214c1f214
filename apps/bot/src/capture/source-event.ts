/**
 * Turns what Discord says about a message into source events for ingest. Pure.
 *
 * A message in a thread counts under its parent channel. The time of an edit is
 * Discord's; a link preview that appears later has no time of its own and takes
 * the message's, where an update ranks above the create; previews that are hidden
 * again come one ms after that. A deletion carries no time at all and takes ours,
 * but never one before the message was posted.
 */
import type { DeleteEvent, PostEvent, SourceEvent } from "@heliograph/domain";
import { type APIMessage, MessageFlags, MessageType, SnowflakeUtil } from "discord.js";
import type { WatchedSource } from "../backend.ts";
import { embedsOf } from "./message-embeds.ts";
import { filesOf } from "./message-files.ts";
import { textOf } from "./message-text.ts";

/** Where a message stands: `threadId` is set when it stands in a thread of the channel. */
export interface MessagePlace {
  readonly channelId: string;
  readonly threadId: string | null;
  /** Of that thread, if it is known. */
  readonly threadName?: string;
}

type Authored = Pick<APIMessage, "type" | "webhook_id" | "application_id" | "message_reference"> &
  Partial<Pick<APIMessage, "author">>;

const BY_ANYBODY: readonly MessageType[] = [MessageType.Default, MessageType.Reply];
const BY_PROGRAMS: readonly MessageType[] = [
  ...BY_ANYBODY,
  MessageType.ChatInputCommand,
  MessageType.ContextMenuCommand,
];

/**
 * Whether a message is one that is captured: a person's post, or that of a program that
 * the source lets in. Never our own, through a webhook neither.
 */
export function isCaptured(
  message: Authored,
  source: Pick<WatchedSource, "allowBots" | "allowedAuthors">,
  botUserId: string,
): boolean {
  const { type, author, webhook_id: webhookId, application_id: applicationId } = message;
  if (author === undefined || author.id === botUserId || applicationId === botUserId) return false;
  if (webhookId === undefined && author.bot !== true) return BY_ANYBODY.includes(type);
  if (!BY_PROGRAMS.includes(type)) return false; // no joins, pins, boosts, results of polls
  const names = [author.id, webhookId, applicationId, message.message_reference?.channel_id];
  return source.allowBots || names.some((id) => isListed(id, source.allowedAuthors));
}

function isListed(id: string | undefined, list: readonly string[]): boolean {
  return id !== undefined && list.includes(id);
}

/** Whether there is anything to show. */
export function hasBody(message: APIMessage): boolean {
  const { embeds, attachments } = contentOf(message);
  return textOf(message, null) !== "" || embeds.length > 0 || attachments.length > 0;
}

export function createEvent(message: APIMessage, place: MessagePlace): PostEvent {
  return { type: "create", ...post(message, place), occurredAt: Date.parse(message.timestamp) };
}

/**
 * What an update of the message says, in order; nothing for a pin or a vote. Without a
 * time of an edit it is a link preview, which adds embeds and is no edit. `nowMs`: server
 * time, in whole ms.
 */
export function updateEvents(
  message: APIMessage,
  place: MessagePlace,
  nowMs: number,
): SourceEvent[] {
  // A copy from an announcement channel stays where it is, and says that its original is gone.
  if (hasFlag(message, MessageFlags.SourceMessageDeleted)) {
    return [deleteEvent(message.id, place, nowMs)];
  }
  const { timestamp, edited_timestamp: editedAt } = message;
  const occurredAt = Date.parse(editedAt ?? timestamp);
  const events: SourceEvent[] = [];
  if (editedAt !== null) events.push({ type: "update", ...post(message, place), occurredAt });
  else if (message.embeds.length > 0) events.push(embedsEvent(message, place, occurredAt));
  if (hasFlag(message, MessageFlags.SuppressEmbeds)) {
    events.push(embedsEvent({ ...message, embeds: [] }, place, occurredAt + 1));
  }
  return events;
}

/** `nowMs`: server time, in whole ms. */
export function deleteEvent(messageId: string, place: MessagePlace, nowMs: number): DeleteEvent {
  const occurredAt = Math.max(nowMs, postedAtMs(messageId));
  return { type: "delete", messageId, ...placeFields(place), occurredAt };
}

/** When a message was posted, by its id. */
export function postedAtMs(messageId: string): number {
  return SnowflakeUtil.timestampFrom(messageId);
}

function embedsEvent(message: APIMessage, place: MessagePlace, occurredAt: number): PostEvent {
  const embeds = embedsOf(message.embeds);
  return { type: "update", messageId: message.id, ...placeFields(place), embeds, occurredAt };
}

function post(message: APIMessage, place: MessagePlace) {
  const isReply = message.type === MessageType.Reply; // a forward or a copy refers to a message too
  const repliedTo = isReply ? message.message_reference?.message_id : undefined;
  const beginsForumPost = message.id === place.threadId;
  return {
    messageId: message.id,
    ...placeFields(place),
    author: authorOf(message),
    content: textOf(message, (beginsForumPost ? place.threadName : null) ?? null),
    ...contentOf(message),
    ...(repliedTo !== undefined && { replyTo: repliedTo }),
  };
}

/** Cards and files: the message's own, and those of what it forwards. */
function contentOf(message: APIMessage) {
  const forwarded = (message.message_snapshots ?? []).map((snapshot) => snapshot.message);
  const stickers = [message, ...forwarded].flatMap(({ sticker_items: items = [] }) => items);
  return {
    embeds: embedsOf([message, ...forwarded].flatMap(({ embeds }) => embeds)),
    attachments: filesOf({
      attachments: [message, ...forwarded].flatMap(({ attachments }) => attachments),
      sticker_items: stickers,
    }),
  };
}

function authorOf({ author }: APIMessage): NonNullable<PostEvent["author"]> {
  const { id, avatar } = author;
  const name = author.global_name || author.username;
  if (avatar === null || avatar === undefined) return { id, name };
  return { id, name, avatarUrl: `https://cdn.discordapp.com/avatars/${id}/${avatar}.png` };
}

function placeFields({ channelId, threadId }: MessagePlace) {
  return { channelId, ...(threadId !== null && { threadId }) };
}

function hasFlag({ flags }: APIMessage, flag: MessageFlags): boolean {
  return flags !== undefined && (flags & flag) !== 0;
}
