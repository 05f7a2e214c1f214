/** Makes whole records from the little a caller has to say, with Discord's defaults. Pure. */
import { ChannelType } from "discord-api-types/v10";
import type { ChannelRecord, MemberRecord, MessageRecord, RoleRecord } from "./records.ts";
import { snowflakeTimeMs } from "./snowflakes.ts";

export function newRole(
  role: Partial<RoleRecord> & Pick<RoleRecord, "id" | "name" | "position">,
): RoleRecord {
  return {
    color: 0,
    permissions: "0",
    mentionable: false,
    managed: false,
    hoist: false,
    botId: null,
    ...role,
  };
}

export function newChannel(
  channel: Partial<ChannelRecord> & Pick<ChannelRecord, "id" | "guildId" | "name">,
): ChannelRecord {
  return {
    type: ChannelType.GuildText,
    topic: null,
    position: 0,
    parentId: null,
    overwrites: [],
    nsfw: false,
    slowmodeSeconds: 0,
    tags: [],
    tagRequired: false,
    thread: null,
    barrier: null,
    ...channel,
  };
}

export function newMember(
  member: Partial<MemberRecord> & Pick<MemberRecord, "userId" | "joinedAtMs">,
): MemberRecord {
  return { roleIds: [], nick: null, pending: false, ...member };
}

/** Stamped with the time its id carries. */
export function newMessage(
  message: Partial<MessageRecord> & Pick<MessageRecord, "id" | "channelId" | "authorId">,
): MessageRecord {
  return {
    content: "",
    embeds: [],
    attachments: [],
    createdAtMs: snowflakeTimeMs(message.id),
    editedAtMs: null,
    mentions: { userIds: [], roleIds: [], everyone: false },
    replyToId: null,
    nonce: null,
    flags: 0,
    tts: false,
    type: message.replyToId === null || message.replyToId === undefined ? 0 : 19,
    webhook: null,
    pinnedAtMs: null,
    poll: null,
    stickers: [],
    forward: null,
    origin: null,
    ...message,
  };
}
