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
  email: string | null;
  emailVerified: boolean;
};

/** What the application's settings page would say about a bot. */
export type BotRecord = {
  token: string;
  userId: string;
  /** Privileged intents switched on for the application, as intent bits. */
  privilegedIntents: number;
};

/** Who may ask people to sign in. Every bot is one, too, under its own user id. */
export type ApplicationRecord = {
  clientId: string;
  name: string;
  clientSecret: string;
  redirectUris: readonly string[];
  /** The bot that may act on people's consent. */
  botId: string | null;
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
  hoist: boolean;
  /** The bot whose own role this is. */
  botId: string | null;
};

export type MemberRecord = {
  userId: string;
  roleIds: string[];
  nick: string | null;
  joinedAtMs: number;
  /** Has not passed the guild's membership screening yet. */
  pending: boolean;
};

export type BanRecord = { userId: string; reason: string | null };

export type StickerRecord = { id: string; name: string };

export type GuildRecord = {
  id: string;
  name: string;
  ownerId: string;
  roles: RoleRecord[];
  members: MemberRecord[];
  bans: BanRecord[];
  stickers: StickerRecord[];
  /** Membership screening is on: who joins is pending until they agree to the rules. */
  screening: boolean;
};

export type OverwriteRecord = {
  /** Of the role or the member. */
  id: string;
  kind: "role" | "member";
  /** Decimal text of permission bits. */
  allow: string;
  deny: string;
};

export type TagRecord = { id: string; name: string; moderated: boolean };

export type ThreadMemberRecord = { userId: string; joinedAtMs: number };

export type ThreadRecord = {
  ownerId: string;
  archived: boolean;
  locked: boolean;
  /** When `archived` last changed. */
  archivedAtMs: number;
  autoArchiveMinutes: number;
  invitable: boolean;
  appliedTagIds: string[];
  members: ThreadMemberRecord[];
  /** Messages sent, also those deleted since. */
  totalSent: number;
  createdAtMs: number;
};

/** Why bots cannot use a channel: they do not see it (50001), or see but may not write (50013). */
export type ChannelBarrier = "access" | "permissions" | null;

export type ChannelRecord = {
  id: string;
  guildId: string;
  /** Discord's number: 0 text, 2 voice, 4 category, 5 announcement, 10-12 threads, 15 forum, 16 media. */
  type: number;
  name: string;
  topic: string | null;
  position: number;
  /** The category, or a thread's channel. */
  parentId: string | null;
  overwrites: OverwriteRecord[];
  nsfw: boolean;
  slowmodeSeconds: number;
  /** Forums and media channels only. */
  tags: TagRecord[];
  tagRequired: boolean;
  thread: ThreadRecord | null;
  barrier: ChannelBarrier;
};

export type WebhookRecord = {
  id: string;
  /** 1 incoming, 2 follows an announcement channel. */
  type: number;
  /** Null for followers, which nobody can post with. */
  token: string | null;
  guildId: string;
  channelId: string;
  name: string;
  avatar: string | null;
  creatorId: string;
  /** The application that made it, if one did. */
  applicationId: string | null;
  source: { guildId: string; channelId: string } | null;
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
  /** In the same channel; a reply, or what a pin or thread notice points at. */
  replyToId: string | null;
  nonce: string | null;
  flags: number;
  tts: boolean;
  /** Discord's number: 0 a message, 19 a reply, 6, 18, 21 and 46 notices of the system. */
  type: number;
  /** The face a webhook gave it; the author's id is then the webhook's. */
  webhook: WebhookFace | null;
  pinnedAtMs: number | null;
  poll: PollRecord | null;
  stickers: StickerRecord[];
  /** What was forwarded, as it was then. */
  forward: ForwardRecord | null;
  /** Where a crosspost or a thread's notice comes from. */
  origin: MessagePlace | null;
};

export type WebhookFace = {
  webhookId: string;
  username: string;
  avatarUrl: string | null;
  applicationId: string | null;
};

export type MessagePlace = { guildId: string; channelId: string; messageId: string };

export type ForwardRecord = { from: MessagePlace; snapshot: MessageRecord };

export type PollRecord = {
  question: string;
  answers: { id: number; text: string; emoji: string | null; voterIds: string[] }[];
  endsAtMs: number;
  multiselect: boolean;
  finalized: boolean;
};

export type MentionsRecord = { userIds: string[]; roleIds: string[]; everyone: boolean };

/** Who heard a sound, or would have been marked, because of one message. */
export type PingRecord = MentionsRecord & {
  channelId: string;
  messageId: string;
  authorId: string;
  atMs: number;
  /** An edit marks the message for those it names, and notifies nobody. */
  cause: "create" | "edit";
  /** Members who were notified: those named, those with the roles, or all who see the channel. */
  notifiedIds: string[];
};

/** A person's consent to an application, and the tokens that came of it. */
export type GrantRecord = {
  accessToken: string;
  refreshToken: string;
  clientId: string;
  userId: string;
  scopes: string[];
  expiresAtMs: number;
};
