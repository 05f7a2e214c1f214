/** The directory the page shows: guilds with their channels, threads, roles and members, people and bots. No tokens. */
import { membersOf } from "../people/inspection.ts";
import type { ChannelRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";

export function directoryToWire(world: World) {
  return {
    guilds: [...world.guilds.values()].map((guild) => ({
      id: guild.id,
      name: guild.name,
      screening: guild.screening,
      roles: [...guild.roles]
        .sort((a, b) => b.position - a.position)
        .map(({ id, name, color, position, managed }) => ({ id, name, color, position, managed })),
      channels: world.channelsOf(guild.id).map((channel) => ({
        ...channelToDirectory(channel),
        threads: world.threadsOf(channel.id).map(channelToDirectory),
      })),
      members: membersOf(world, guild.id),
      bannedIds: guild.bans.map(({ userId }) => userId),
    })),
    users: [...world.users.values()].map(({ id, username, displayName, bot }) => ({
      id,
      username,
      displayName,
      bot,
    })),
  };
}

function channelToDirectory({ id, type, name, topic, barrier, parentId, thread }: ChannelRecord) {
  return {
    id,
    type,
    name,
    topic,
    barrier,
    parentId,
    ...(thread !== null && { archived: thread.archived, locked: thread.locked }),
  };
}
