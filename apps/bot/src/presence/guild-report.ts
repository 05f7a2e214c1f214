/** A discord.js server in the words of the backend. The same server gives the same report, to the letter. */
import { type Guild, type GuildBasedChannel, OverwriteType } from "discord.js";
import type { GuildReport } from "../backend.ts";

type Channel = GuildReport["channels"][number];

/** What this bot sees of the server; null while Discord has not told what the bot is there. */
export function guildReport(guild: Guild): GuildReport | null {
  const { me } = guild.members;
  if (me === null) return null;
  const botRoleIds = [...me.roles.cache.keys()].filter((id) => id !== guild.id).sort();
  const concerned = new Set([guild.id, me.id, ...botRoleIds]);
  const channels = [...guild.channels.cache.values()].flatMap((channel) => {
    return channelReport(channel, concerned) ?? [];
  });
  return {
    guild: { guildId: guild.id, name: guild.name, ownerId: guild.ownerId, botRoleIds },
    channels: channels.sort((a, b) => (a.channelId < b.channelId ? -1 : 1)),
    roles: [...guild.roles.cache.values()]
      .map((role) => ({
        roleId: role.id,
        name: role.name,
        position: role.rawPosition,
        permissions: role.permissions.bitfield.toString(),
        managed: role.managed,
        mentionable: role.mentionable,
      }))
      .sort((a, b) => (a.roleId < b.roleId ? -1 : 1)),
  };
}

/** Null for threads: they come and go, and have their channel's permissions. */
function channelReport(channel: GuildBasedChannel, concerned: ReadonlySet<string>): Channel | null {
  if (channel.isThread()) return null;
  const overwrites = [...channel.permissionOverwrites.cache.values()]
    .filter(({ id }) => concerned.has(id))
    .map(({ id, type, allow, deny }) => ({
      id,
      kind: type === OverwriteType.Role ? ("role" as const) : ("member" as const),
      allow: allow.bitfield.toString(),
      deny: deny.bitfield.toString(),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const { id: channelId, name, type, rawPosition: position, parentId } = channel;
  return { channelId, name, type, position, parentId, overwrites };
}
