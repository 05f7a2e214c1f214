/**
 * Turns what happened in the world into what one bot session is told.
 *
 * [DINT3] A session hears only of guilds its bot is in, on the shard it asked
 *        for, and not of channels it cannot see.
 */
import { GatewayIntentBits, GatewayDispatchEvents as T } from "discord-api-types/v10";
import type { WorldEvent } from "../state/events.ts";
import type { MessageRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { channelToWire, guildCreateToWire } from "../wire/guilds.ts";
import { messageToWire } from "../wire/messages.ts";
import { bareMemberToWire, memberToWire, roleToWire, userToWire } from "../wire/users.ts";
import { intentFor } from "./intents.ts";

export type Dispatch = { t: string; d: unknown };

export type Audience = {
  world: World;
  baseUrl: string;
  userId: string;
  intents: number;
  shard: readonly [id: number, count: number];
};

/** Null: this session is not told. */
export function dispatchFor(audience: Audience, event: WorldEvent): Dispatch | null {
  const { world, userId, intents } = audience;
  if ((intents & intentFor(event.type)) === 0) return null;
  const channelId = channelOf(event);
  const guildId = guildOf(world, event);
  const involved =
    world.findMember(guildId, userId) !== undefined || event.type === "memberRemoved";
  if (!involved || !onShard(guildId, audience.shard)) return null;
  if (channelId !== null && world.channels.get(channelId)?.barrier === "access") return null;
  return render(audience, event, guildId);
}

/** Discord's rule for which shard hears of a guild. */
export function onShard(
  guildId: string,
  [id, count]: readonly [id: number, count: number],
): boolean {
  return Number((BigInt(guildId) >> 22n) % BigInt(count)) === id;
}

function channelOf(event: WorldEvent): string | null {
  if (event.type === "messageCreated" || event.type === "messageUpdated")
    return event.message.channelId;
  return "channelId" in event ? event.channelId : null;
}

function guildOf(world: World, event: WorldEvent): string {
  if ("guildId" in event) return event.guildId;
  if ("guild" in event) return event.guild.id;
  if ("channel" in event) return event.channel.guildId;
  return world.getChannel("message" in event ? event.message.channelId : event.channelId).guildId;
}

function render(audience: Audience, event: WorldEvent, guildId: string): Dispatch {
  const { world, userId } = audience;
  switch (event.type) {
    case "messageCreated":
      return {
        t: T.MessageCreate,
        d: { ...messageEvent(audience, event.message, guildId), ...nonceOf(event.message) },
      };
    case "messageUpdated":
      return { t: T.MessageUpdate, d: messageEvent(audience, event.message, guildId) };
    case "messagesDeleted":
      return deletion(event, guildId);
    case "typingStarted":
      return { t: T.TypingStart, d: typing(world, event, guildId) };
    case "guildAdded":
      return { t: T.GuildCreate, d: guildCreateToWire(world, event.guild, userId) };
    case "channelAdded":
      return { t: T.ChannelCreate, d: channelToWire(world, event.channel) };
    case "channelUpdated":
      return { t: T.ChannelUpdate, d: channelToWire(world, event.channel) };
    case "roleAdded":
      return { t: T.GuildRoleCreate, d: { guild_id: guildId, role: roleToWire(event.role) } };
    case "roleUpdated":
      return { t: T.GuildRoleUpdate, d: { guild_id: guildId, role: roleToWire(event.role) } };
    case "roleRemoved":
      return { t: T.GuildRoleDelete, d: { guild_id: guildId, role_id: event.roleId } };
    case "memberAdded":
      return {
        t: T.GuildMemberAdd,
        d: { guild_id: guildId, ...memberToWire(world, event.member) },
      };
    case "memberUpdated":
      return {
        t: T.GuildMemberUpdate,
        d: { guild_id: guildId, ...memberToWire(world, event.member) },
      };
    case "memberRemoved":
      return {
        t: T.GuildMemberRemove,
        d: { guild_id: guildId, user: userToWire(world.getUser(event.userId)) },
      };
    default:
      return event satisfies never;
  }
}

function messageEvent(
  { world, baseUrl, userId, intents }: Audience,
  message: MessageRecord,
  guildId: string,
) {
  const readsContent = (intents & GatewayIntentBits.MessageContent) !== 0;
  const member = world.findMember(guildId, message.authorId);
  return {
    ...messageToWire({ world, baseUrl, viewer: { userId, readsContent } }, message),
    guild_id: guildId,
    ...(member && { member: bareMemberToWire(member) }),
  };
}

function nonceOf({ nonce }: MessageRecord): { nonce?: string } {
  return nonce === null ? {} : { nonce };
}

function deletion(
  event: Extract<WorldEvent, { type: "messagesDeleted" }>,
  guildId: string,
): Dispatch {
  const place = { channel_id: event.channelId, guild_id: guildId };
  if (event.bulk) return { t: T.MessageDeleteBulk, d: { ids: event.messageIds, ...place } };
  return { t: T.MessageDelete, d: { id: event.messageIds[0], ...place } };
}

function typing(
  world: World,
  event: Extract<WorldEvent, { type: "typingStarted" }>,
  guildId: string,
) {
  const member = world.findMember(guildId, event.userId);
  return {
    channel_id: event.channelId,
    guild_id: guildId,
    user_id: event.userId,
    timestamp: Math.floor(event.atMs / 1_000),
    ...(member && { member: memberToWire(world, member) }),
  };
}
