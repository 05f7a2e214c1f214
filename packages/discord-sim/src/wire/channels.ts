/** How channels and threads look on the wire. */
import {
  type APIOverwrite,
  type APIThreadMember,
  ChannelType,
  OverwriteType,
  PermissionFlagsBits as P,
  type ThreadMemberFlags,
} from "discord-api-types/v10";
import type { ChannelRecord, ThreadMemberRecord, ThreadRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";

const REQUIRE_TAG = 1 << 4;
const COUNTED_MEMBERS = 50; // Discord stops counting a thread's members there

/** Forums and media channels hold threads only, no messages of their own. */
export function holdsPosts({ type }: ChannelRecord): boolean {
  return type === ChannelType.GuildForum || type === ChannelType.GuildMedia;
}

export function channelToWire(world: World, channel: ChannelRecord) {
  return channel.thread === null
    ? guildChannel(world, channel)
    : threadToWire(world, channel, channel.thread);
}

function guildChannel(world: World, channel: ChannelRecord) {
  const newest = holdsPosts(channel)
    ? (world.threadsOf(channel.id).at(-1)?.id ?? null)
    : world.log(channel.id).lastId();
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    name: channel.name,
    topic: channel.topic,
    position: channel.position,
    parent_id: channel.parentId,
    nsfw: channel.nsfw,
    rate_limit_per_user: channel.slowmodeSeconds,
    last_message_id: newest,
    last_pin_timestamp: lastPin(world, channel.id),
    permission_overwrites: overwritesToWire(channel),
    flags: channel.tagRequired ? REQUIRE_TAG : 0,
    ...(holdsPosts(channel) && {
      available_tags: channel.tags.map((tag) => ({ ...tag, emoji_id: null, emoji_name: null })),
      default_reaction_emoji: null,
      default_sort_order: null,
      default_forum_layout: 0,
    }),
  };
}

function threadToWire(world: World, channel: ChannelRecord, thread: ThreadRecord) {
  const log = world.log(channel.id);
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    name: channel.name,
    parent_id: channel.parentId,
    owner_id: thread.ownerId,
    nsfw: false,
    rate_limit_per_user: channel.slowmodeSeconds,
    last_message_id: log.lastId(),
    last_pin_timestamp: lastPin(world, channel.id),
    message_count: log.all().length,
    total_message_sent: thread.totalSent,
    member_count: Math.min(thread.members.length, COUNTED_MEMBERS),
    thread_metadata: {
      archived: thread.archived,
      archive_timestamp: new Date(thread.archivedAtMs).toISOString(),
      auto_archive_duration: thread.autoArchiveMinutes,
      locked: thread.locked,
      create_timestamp: new Date(thread.createdAtMs).toISOString(),
      ...(channel.type === ChannelType.PrivateThread && { invitable: thread.invitable }),
    },
    flags: 0,
    applied_tags: thread.appliedTagIds,
  };
}

export function threadMemberToWire(
  threadId: string,
  { userId, joinedAtMs }: ThreadMemberRecord,
): APIThreadMember {
  return {
    id: threadId,
    user_id: userId,
    join_timestamp: new Date(joinedAtMs).toISOString(),
    flags: 0 as ThreadMemberFlags,
  };
}

function lastPin(world: World, channelId: string): string | null {
  const pins = world
    .log(channelId)
    .all()
    .flatMap(({ pinnedAtMs }) => pinnedAtMs ?? []);
  return pins.length === 0 ? null : new Date(Math.max(...pins)).toISOString();
}

function overwritesToWire({ overwrites, barrier, guildId }: ChannelRecord): APIOverwrite[] {
  const own = overwrites.map(({ id, kind, allow, deny }) => ({
    id,
    type: kind === "role" ? OverwriteType.Role : OverwriteType.Member,
    allow,
    deny,
  }));
  if (barrier === null) return own;
  // The barrier as a client can read it: what @everyone is denied here.
  const denied = barrier === "access" ? P.ViewChannel : P.SendMessages;
  const everyone = own.find(({ id }) => id === guildId);
  const others = own.filter(({ id }) => id !== guildId);
  const deny = (BigInt(everyone?.deny ?? "0") | denied).toString();
  const allow = (BigInt(everyone?.allow ?? "0") & ~denied).toString();
  return [...others, { id: guildId, type: OverwriteType.Role, allow, deny }];
}
