/**
 * Who heard of a message: members named, members with a named role, or all who
 * see the channel, but not the author. Pure.
 *
 * [DPING1] A create notifies whom its mentions name; an edit marks, and notifies nobody.
 * [DPING2] @silent messages notify nobody.
 */
import type { MessageRecord, PingRecord } from "../state/records.ts";
import { canSee } from "../state/visibility.ts";
import type { World } from "../state/world.ts";

const SUPPRESS_NOTIFICATIONS = 1 << 12;

/** Undefined when the message names nobody. */
export function pingOf(
  world: World,
  message: MessageRecord,
  cause: PingRecord["cause"],
): PingRecord | undefined {
  const { mentions, channelId, id, authorId } = message;
  if (mentions.userIds.length + mentions.roleIds.length === 0 && !mentions.everyone)
    return undefined;
  const silent = cause === "edit" || (message.flags & SUPPRESS_NOTIFICATIONS) !== 0;
  return {
    ...mentions,
    channelId,
    messageId: id,
    authorId,
    atMs: world.clock.nowMs(),
    cause,
    notifiedIds: silent ? [] : notified(world, message),
  };
}

function notified(world: World, { channelId, authorId, mentions }: MessageRecord): string[] {
  const channel = world.getChannel(channelId);
  const members = world.guilds.get(channel.guildId)?.members ?? [];
  return members
    .filter(
      ({ userId, roleIds }) =>
        mentions.everyone ||
        mentions.userIds.includes(userId) ||
        roleIds.some((id) => mentions.roleIds.includes(id)),
    )
    .filter(({ userId }) => userId !== authorId && canSee(world, channel, userId))
    .map(({ userId }) => userId);
}
