/**
 * Turns what Discord says about a message into source events for ingest. Pure.
 *
 * A message in a thread counts under its parent channel. The time of an edit is
 * Discord's; a link preview that appears later has no time of its own and takes
 * the message's, where an update ranks above the create. A deletion carries no
 * time at all and takes ours, but never one before the message was posted.
 */
import { type APIEmbed, type APIMessage, SnowflakeUtil } from "discord.js";
import type { SourceEvents } from "../backend.ts";

export type SourceEvent = SourceEvents[number];

/** Where a message stands: `threadId` is set when it stands in a thread of the channel. */
export interface MessagePlace {
  readonly channelId: string;
  readonly threadId: string | null;
}

export function createEvent(message: APIMessage, place: MessagePlace): SourceEvent {
  return { type: "create", ...content(message, place), occurredAt: Date.parse(message.timestamp) };
}

export function updateEvent(message: APIMessage, place: MessagePlace): SourceEvent {
  return {
    type: "update",
    ...content(message, place),
    occurredAt: Date.parse(message.edited_timestamp ?? message.timestamp),
  };
}

export function deleteEvent(messageId: string, place: MessagePlace, nowMs: number): SourceEvent {
  const postedAtMs = SnowflakeUtil.timestampFrom(messageId);
  return {
    type: "delete",
    messageId,
    ...placeFields(place),
    occurredAt: Math.max(nowMs, postedAtMs),
  };
}

/** Joins, pins, boosts and the like are no posts; default messages and replies are. */
export function isPost(message: Pick<APIMessage, "type">): boolean {
  return message.type === 0 || message.type === 19;
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
  const repliedTo = message.type === 19 ? message.message_reference?.message_id : undefined;
  return {
    messageId: message.id,
    ...placeFields(place),
    author: {
      id: author.id,
      name: author.global_name ?? author.username,
      ...(avatarUrl !== undefined && { avatarUrl }),
    },
    content: message.content,
    embeds: message.embeds.map(embed),
    attachments: message.attachments.map((file) => ({
      id: file.id,
      name: file.filename,
      url: file.url,
      size: file.size,
      ...(file.content_type !== undefined && { contentType: file.content_type }),
      ...(typeof file.width === "number" &&
        typeof file.height === "number" && { width: file.width, height: file.height }),
    })),
    ...(repliedTo !== undefined && { replyTo: repliedTo }),
  };
}

function embed(source: APIEmbed) {
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
    ...(source.image !== undefined && { imageUrl: source.image.url }),
    ...(source.thumbnail !== undefined && { thumbnailUrl: source.thumbnail.url }),
    ...(source.footer !== undefined && { footer: source.footer.text }),
    ...(source.timestamp !== undefined && { timestampMs: Date.parse(source.timestamp) }),
  };
}
