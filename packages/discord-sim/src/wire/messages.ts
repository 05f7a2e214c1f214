/**
 * How a message looks on the wire. URLs of files are made here, from the
 * address the simulator has now, so they survive a start on another port.
 *
 * [DMSG6] A file shown by an embed (`attachment://name`) is not listed again.
 * [DINT2] Without message content, what people wrote is empty: content, embeds, files.
 */
import {
  type APIAttachment,
  type APIEmbed,
  type APIMessage,
  MessageReferenceType,
  MessageType,
} from "discord-api-types/v10";
import type { AttachmentRecord, MessageRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { userToWire } from "./users.ts";

export type MessageView = {
  world: World;
  /** Where this simulator answers, without a slash at the end. */
  baseUrl: string;
  /** Who looks: a bot without message content sees only its own and what mentions it. */
  viewer: { userId: string; readsContent: boolean } | "person";
};

export function messageToWire(view: MessageView, message: MessageRecord): APIMessage {
  const { replyToId } = message;
  if (replyToId === null) return plainMessage(view, message);
  const target = view.world.findMessage(message.channelId, replyToId);
  return {
    ...plainMessage(view, message),
    message_reference: {
      type: MessageReferenceType.Default,
      message_id: replyToId,
      channel_id: message.channelId,
      guild_id: view.world.getChannel(message.channelId).guildId,
    },
    // Null says: it was there, and is deleted.
    referenced_message: target === undefined ? null : plainMessage(view, target),
  };
}

function plainMessage(view: MessageView, message: MessageRecord): APIMessage {
  const { world } = view;
  const revealed = mayRead(view, message);
  return {
    id: message.id,
    type: message.replyToId === null ? MessageType.Default : MessageType.Reply,
    channel_id: message.channelId,
    author: userToWire(world.getUser(message.authorId)),
    content: revealed ? message.content : "",
    embeds: revealed ? message.embeds.map((embed) => embedToWire(view, message, embed)) : [],
    attachments: revealed ? listedAttachments(view, message) : [],
    components: [],
    timestamp: new Date(message.createdAtMs).toISOString(),
    edited_timestamp:
      message.editedAtMs === null ? null : new Date(message.editedAtMs).toISOString(),
    mentions: message.mentions.userIds.map((id) => userToWire(world.getUser(id))),
    mention_roles: message.mentions.roleIds,
    mention_everyone: message.mentions.everyone,
    pinned: false,
    tts: message.tts,
    flags: message.flags,
  };
}

function mayRead({ viewer }: MessageView, message: MessageRecord): boolean {
  if (viewer === "person" || viewer.readsContent) return true;
  return message.authorId === viewer.userId || message.mentions.userIds.includes(viewer.userId);
}

function listedAttachments(view: MessageView, message: MessageRecord): APIAttachment[] {
  const shown = new Set(message.embeds.flatMap(mediaOf).map(({ url }) => url));
  return message.attachments
    .filter(({ filename }) => !shown.has(`attachment://${filename}`))
    .map((attachment) => attachmentToWire(view, message.channelId, attachment));
}

function attachmentToWire(
  view: MessageView,
  channelId: string,
  attachment: AttachmentRecord,
): APIAttachment {
  const url = attachmentUrl(view.baseUrl, channelId, attachment);
  return {
    id: attachment.id,
    filename: attachment.filename,
    size: attachment.bytes,
    content_type: attachment.contentType,
    url,
    proxy_url: url,
    ...(attachment.description !== null && { description: attachment.description }),
    ...(attachment.widthPx !== null && { width: attachment.widthPx, height: attachment.heightPx }),
  };
}

function attachmentUrl(
  baseUrl: string,
  channelId: string,
  { id, filename }: AttachmentRecord,
): string {
  return `${baseUrl}/attachments/${channelId}/${id}/${encodeURIComponent(filename)}`;
}

function mediaOf(embed: APIEmbed): { url: string }[] {
  return [embed.image, embed.thumbnail].filter((media) => media !== undefined);
}

function embedToWire(view: MessageView, message: MessageRecord, embed: APIEmbed): APIEmbed {
  const { image, thumbnail } = embed;
  return {
    ...embed,
    ...(image && { image: mediaToWire(view, message, image) }),
    ...(thumbnail && { thumbnail: mediaToWire(view, message, thumbnail) }),
  };
}

type Media = { url: string; proxy_url?: string; width?: number; height?: number };

function mediaToWire(view: MessageView, message: MessageRecord, media: Media): Media {
  const name = media.url.startsWith("attachment://")
    ? media.url.slice("attachment://".length)
    : undefined;
  const file = message.attachments.find(({ filename }) => filename === name);
  if (file === undefined) return { ...media, proxy_url: media.url };
  const url = attachmentUrl(view.baseUrl, message.channelId, file);
  return {
    url,
    proxy_url: url,
    ...(file.widthPx !== null && { width: file.widthPx }),
    ...(file.heightPx !== null && { height: file.heightPx }),
  };
}
