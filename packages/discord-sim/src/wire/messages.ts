/**
 * How a message looks on the wire.
 *
 * [DMSG6] A file shown by an embed (`attachment://name`) is not listed again.
 * [DINT2] Without message content, what people wrote is empty: content, embeds, files, poll.
 */
import { type APIAttachment, type APIEmbed, MessageReferenceType } from "discord-api-types/v10";
import type { MessagePlace, MessageRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { attachmentToWire, attachmentUrl, refreshedUrl } from "./attachments.ts";
import { channelToWire } from "./channels.ts";
import { pollToWire } from "./polls.ts";
import { userToWire } from "./users.ts";

export type MessageView = {
  world: World;
  /** Where this simulator answers, without a slash at the end. */
  baseUrl: string;
  /** Who looks: a bot without message content sees only its own and what mentions it. */
  viewer: { userId: string; readsContent: boolean } | "person";
};

const STICKER_PNG = 1;

export function messageToWire(view: MessageView, message: MessageRecord) {
  return { ...plainMessage(view, message), ...referenceOf(view, message) };
}

/** What it points at: a reply's target, a forwarded message, where a crosspost comes from. */
function referenceOf(view: MessageView, message: MessageRecord): object {
  const { world } = view;
  const { replyToId, forward, origin, channelId } = message;
  if (forward !== null)
    return {
      message_reference: referenceToWire(forward.from, MessageReferenceType.Forward),
      message_snapshots: [{ message: snapshotToWire(view, forward.snapshot) }],
    };
  if (origin !== null) {
    const source = world.findMessage(origin.channelId, origin.messageId);
    const starter = message.type === 21 && source !== undefined;
    return {
      message_reference: referenceToWire(origin, MessageReferenceType.Default),
      ...(starter && { referenced_message: plainMessage(view, source) }),
    };
  }
  if (replyToId === null) return {};
  const target = world.findMessage(channelId, replyToId);
  const { guildId } = world.getChannel(channelId);
  return {
    message_reference: referenceToWire(
      { guildId, channelId, messageId: replyToId },
      MessageReferenceType.Default,
    ),
    // Null says: it was there, and is deleted.
    ...(message.type === 19 && {
      referenced_message: target === undefined ? null : plainMessage(view, target),
    }),
  };
}

function referenceToWire({ guildId, channelId, messageId }: MessagePlace, type: number) {
  return { type, message_id: messageId, channel_id: channelId, guild_id: guildId };
}

/** A forwarded message: what it said, and not who wrote it. */
function snapshotToWire(view: MessageView, message: MessageRecord) {
  const { type, content, embeds, attachments, timestamp, edited_timestamp, flags, ...more } =
    plainMessage(view, message);
  const { mentions, mention_roles, sticker_items = [] } = more;
  const said = { type, content, embeds, attachments, timestamp, edited_timestamp, flags };
  return { ...said, mentions, mention_roles, sticker_items };
}

function plainMessage(view: MessageView, message: MessageRecord) {
  const { world } = view;
  const revealed = mayRead(view, message);
  const started = world.channels.get(message.id);
  // A forum post's first message has the id of the thread it stands in, and did not start it.
  const thread = started?.parentId === message.channelId ? started : undefined;
  return {
    id: message.id,
    type: message.type,
    channel_id: message.channelId,
    author: authorToWire(world, message),
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
    pinned: message.pinnedAtMs !== null,
    tts: message.tts,
    flags: message.flags,
    ...(message.webhook !== null && {
      webhook_id: message.webhook.webhookId,
      ...(message.webhook.applicationId !== null && {
        application_id: message.webhook.applicationId,
      }),
    }),
    ...(message.stickers.length > 0 && {
      sticker_items: message.stickers.map((item) => ({ ...item, format_type: STICKER_PNG })),
    }),
    ...(message.poll !== null && revealed && { poll: pollToWire(message.poll, view.viewer) }),
    ...(thread !== undefined && { thread: channelToWire(world, thread) }),
  };
}

function authorToWire(world: World, { authorId, webhook }: MessageRecord) {
  if (webhook === null) return userToWire(world.getUser(authorId));
  const { webhookId, username, avatarUrl } = webhook;
  const avatar = avatarUrl === null ? null : webhookId;
  return { id: webhookId, username, avatar, discriminator: "0000", global_name: null, bot: true };
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

/** A link to an attachment, however old, is signed anew each time. */
function mediaToWire(view: MessageView, message: MessageRecord, media: Media): Media {
  const name = media.url.startsWith("attachment://")
    ? media.url.slice("attachment://".length)
    : undefined;
  const file = message.attachments.find(({ filename }) => filename === name);
  if (file === undefined) {
    const url = refreshedUrl(view, media.url) ?? media.url;
    return { ...media, url, proxy_url: url };
  }
  const url = attachmentUrl(view, message.channelId, file);
  return {
    url,
    proxy_url: url,
    ...(file.widthPx !== null && { width: file.widthPx }),
    ...(file.heightPx !== null && { height: file.heightPx }),
  };
}
