/**
 * Turns what Discord says about a message into source events for ingest. Pure.
 *
 * A message in a thread counts under its parent channel. The time of an edit is
 * Discord's; a link preview that appears later has no time of its own and takes
 * the message's, where an update ranks above the create. A deletion carries no
 * time at all and takes ours, but never one before the message was posted.
 */
import type { DeleteEvent, Embed, PostEvent } from "@heliograph/domain";
import { type APIEmbed, type APIMessage, MessageType, SnowflakeUtil } from "discord.js";
import type { WatchedSource } from "../backend.ts";

/** Where a message stands: `threadId` is set when it stands in a thread of the channel. */
export interface MessagePlace {
  readonly channelId: string;
  readonly threadId: string | null;
}

const NAME_LENGTH = 180; // of a file, as ingest takes it

/** Whether a message is one that is captured: a person's post, or any program's but our own where that is wanted. */
export function isCaptured(
  message: Pick<APIMessage, "type"> & Partial<Pick<APIMessage, "author">>,
  source: Pick<WatchedSource, "allowBots">,
  botUserId: string,
): boolean {
  const { type, author } = message;
  const isPost = type === MessageType.Default || type === MessageType.Reply; // no joins, pins, boosts
  if (!isPost || author === undefined || author.id === botUserId) return false;
  return source.allowBots || author.bot !== true;
}

/** Whether there is anything to show; stickers and polls are nothing to us. */
export function hasBody({ content, embeds, attachments }: APIMessage): boolean {
  return content.trim() !== "" || embeds.length > 0 || attachments.length > 0;
}

export function createEvent(message: APIMessage, place: MessagePlace): PostEvent {
  return { type: "create", ...content(message, place), occurredAt: Date.parse(message.timestamp) };
}

/**
 * What an update of the message says; null when that is nothing. Without a time
 * of an edit it is a pin, or a link preview, which adds embeds and is no edit.
 */
export function updateEvent(message: APIMessage, place: MessagePlace): PostEvent | null {
  if (message.edited_timestamp !== null) {
    const occurredAt = Date.parse(message.edited_timestamp);
    return { type: "update", ...content(message, place), occurredAt };
  }
  if (message.embeds.length === 0) return null;
  return {
    type: "update",
    messageId: message.id,
    ...placeFields(place),
    embeds: message.embeds.map(embed),
    occurredAt: Date.parse(message.timestamp),
  };
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

function placeFields({ channelId, threadId }: MessagePlace) {
  return { channelId, ...(threadId !== null && { threadId }) };
}

function content(message: APIMessage, place: MessagePlace) {
  const { author } = message;
  const avatarUrl =
    author.avatar === null || author.avatar === undefined
      ? undefined
      : `https://cdn.discordapp.com/avatars/${author.id}/${author.avatar}.png`;
  const isReply = message.type === MessageType.Reply; // a forward refers to a message too
  const repliedTo = isReply ? message.message_reference?.message_id : undefined;
  return {
    messageId: message.id,
    ...placeFields(place),
    author: {
      id: author.id,
      name: author.global_name || author.username,
      ...(avatarUrl !== undefined && { avatarUrl }),
    },
    content: message.content,
    embeds: message.embeds.map(embed),
    attachments: message.attachments.map((file) => ({
      id: file.id,
      name: file.filename.slice(-NAME_LENGTH), // the end says what it is
      url: file.url,
      size: file.size,
      ...(file.content_type !== undefined && { contentType: file.content_type }),
      ...(typeof file.width === "number" &&
        typeof file.height === "number" && { width: file.width, height: file.height }),
    })),
    ...(repliedTo !== undefined && { replyTo: repliedTo }),
  };
}

function embed(source: APIEmbed): Embed {
  const timestampMs = Date.parse(source.timestamp ?? "");
  return {
    ...(source.title !== undefined && { title: source.title }),
    ...(source.description !== undefined && { description: source.description }),
    ...(source.url !== undefined && { url: source.url }),
    ...(source.color !== undefined && { color: source.color }),
    ...(source.author !== undefined && {
      author: {
        name: source.author.name,
        ...(source.author.url !== undefined && { url: source.author.url }),
        ...(source.author.icon_url !== undefined && { iconUrl: source.author.icon_url }),
      },
    }),
    ...(source.fields !== undefined && {
      fields: source.fields.map(({ name, value, inline }) => ({
        name,
        value,
        ...(inline !== undefined && { inline }),
      })),
    }),
    ...(source.image !== undefined && { imageUrl: pictureUrl(source.image) }),
    ...(source.thumbnail !== undefined && { thumbnailUrl: pictureUrl(source.thumbnail) }),
    ...(source.footer !== undefined && { footer: source.footer.text }),
    ...(!Number.isNaN(timestampMs) && { timestampMs }),
  };
}

/** By way of Discord, which has the picture: where it came from may be anywhere. */
function pictureUrl({ url, proxy_url: proxied }: { url: string; proxy_url?: string }): string {
  return proxied ?? url;
}
