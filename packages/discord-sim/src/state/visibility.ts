/** Who sees a channel or thread. Barriers hide it from bots whatever their roles are. */
import { ChannelType, PermissionFlagsBits as P } from "discord-api-types/v10";
import type { ChannelRecord } from "./records.ts";
import type { World } from "./world.ts";

export function canSee(world: World, channel: ChannelRecord, userId: string): boolean {
  const parent = channel.thread === null ? undefined : world.channels.get(channel.parentId ?? "");
  if (isShut(world, channel, userId) || (parent && isShut(world, parent, userId))) return false;
  const permissions = world.permissionsIn(channel, userId);
  if ((permissions & P.ViewChannel) === 0n) return false;
  if (channel.type !== ChannelType.PrivateThread) return true;
  const joined = channel.thread?.members.some((member) => member.userId === userId) ?? false;
  return joined || (permissions & P.ManageThreads) !== 0n;
}

function isShut(world: World, channel: ChannelRecord, userId: string): boolean {
  return channel.barrier === "access" && (world.users.get(userId)?.bot ?? false);
}
