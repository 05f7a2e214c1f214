/**
 * What the simulator remembers. Records hold facts; how they look on the wire
 * is decided in wire/. All are plain JSON, so a snapshot is the records.
 */
import type { APIEmbed } from "discord-api-types/v10";

export type UserRecord = {
  id: string;
  username: string;
  displayName: string;
  bot: boolean;
  /** What the account's owner would show to an application; made from the username unless given. */
  email?: string;
  /** True unless given. */
  emailVerified?: boolean;
};

/** What the application's settings page would say about a bot. */
export type BotRecord = {
  token: string;
  userId: string;
  /** Privileged intents switched on for the application, as intent bits. */
  privilegedIntents: number;
};

export type RoleRecord = {
  id: string;
  name: string;
  color: number;
  position: number;
  /** Decimal text of permission bits. */
  permissions: string;
  mentionable: boolean;
  managed: boolean;
};

export type MemberRecord = {
  userId: string;
  roleIds: string[];
  nick: string | null;
  joinedAtMs: number;
};

export type GuildRecord = {
  id: string;
  name: string;
  ownerId: string;
  roles: RoleRecord[];
  members: MemberRecord[];
};

/** Why bots cannot use a channel: they do not see it (50001), or see but may not write (50013). */
export type ChannelBarrier = "access" | "permissions" | null;

export type ChannelRecord = {
  id: string;
  guildId: string;
  name: string;
  topic: string | null;
  position: number;
  barrier: ChannelBarrier;
};

export type AttachmentRecord = {
  id: string;
  filename: string;
  contentType: string;
  bytes: number;
  description: string | null;
  widthPx: number | null;
  heightPx: number | null;
};

export type MessageRecord = {
  id: string;
  channelId: string;
  authorId: string;
  content: string;
  /** As sent: a reference to an uploaded file stays `attachment://name` here. */
  embeds: APIEmbed[];
  attachments: AttachmentRecord[];
  createdAtMs: number;
  editedAtMs: number | null;
  mentions: MentionsRecord;
  replyToId: string | null;
  nonce: string | null;
  flags: number;
  tts: boolean;
};

export type MentionsRecord = { userIds: string[]; roleIds: string[]; everyone: boolean };
