/**
 * Turns what happened in the world into what one bot session is told.
 *
 * [DINT3] A session hears only of guilds its bot is in, on the shard it asked
 *        for, and not of channels it cannot see.
 */
import {
  GatewayIntentBits,
  PermissionFlagsBits as P,
  GatewayDispatchEvents as T,
} from "discord-api-types/v10";
import type { GuildEvent } from "../state/events.ts";
import { basePermissions } from "../state/permissions.ts";
import type { MessageRecord } from "../state/records.ts";
import { canSee } from "../state/visibility.ts";
import type { World } from "../state/world.ts";
import { channelToWire } from "../wire/channels.ts";
import { guildCreateToWire, guildToWire } from "../wire/guilds.ts";
import { messageToWire } from "../wire/messages.ts";
import { bareMemberToWire, memberToWire, roleToWire, userToWire } from "../wire/users.ts";
import { type Audience, type Dispatch, onShard } from "./audience.ts";
import { intentFor } from "./intents.ts";
import { threadDispatch } from "./thread-dispatches.ts";

/** Null: this session is not told. */
export function dispatchFor(audience: Audience, event: GuildEvent): Dispatch | null {
  const { world, userId, intents, shard } = audience;
  if ((intents & intentFor(event, userId)) === 0) return null;
  const guildId = guildOf(world, event);
  const gone = event.type === "memberRemoved" && event.userId === userId;
  const involved = gone || world.findMember(guildId, userId) !== undefined;
  if (!involved || !onShard(guildId, shard) || !maySee(audience, event, guildId)) return null;
  return render(audience, event, guildId);
}

/** What happens inside a channel is told to who sees it; channels themselves to everyone. */
function maySee({ world, userId, intents }: Audience, event: GuildEvent, guildId: string): boolean {
  if (event.type === "threadMembersChanged") {
    const touched = [...event.addedIds, ...event.removedIds].includes(userId);
    const hearsAll = (intents & GatewayIntentBits.GuildMembers) !== 0;
    return touched || (hearsAll && canSee(world, event.channel, userId));
  }
  if (event.type === "threadRemoved") {
    const parent = world.channels.get(event.channel.parentId ?? "");
    return parent !== undefined && canSee(world, parent, userId);
  }
  if (event.type === "threadAdded" || event.type === "threadUpdated")
    return canSee(world, event.channel, userId);
  if (event.type === "banAdded" || event.type === "banRemoved")
    return mayBan(world, guildId, userId);
  const channel = world.channels.get(channelOf(event) ?? "");
  return channel === undefined || canSee(world, channel, userId);
}

function mayBan(world: World, guildId: string, userId: string): boolean {
  const guild = world.guilds.get(guildId);
  const member = world.findMember(guildId, userId);
  if (guild === undefined || member === undefined) return false;
  return (basePermissions(guild, member) & P.BanMembers) !== 0n;
}

function channelOf(event: GuildEvent): string | null {
  if ("message" in event) return event.message.channelId;
  return "channelId" in event ? event.channelId : null;
}

function guildOf(world: World, event: GuildEvent): string {
  if ("guildId" in event) return event.guildId;
  if ("guild" in event) return event.guild.id;
  if ("channel" in event) return event.channel.guildId;
  return world.getChannel("message" in event ? event.message.channelId : event.channelId).guildId;
}

function render(audience: Audience, event: GuildEvent, guildId: string): Dispatch {
  const { world } = audience;
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
    case "pinsChanged":
      return { t: T.ChannelPinsUpdate, d: pins(event, guildId) };
    case "pollVoted":
      return { t: T.MessagePollVoteAdd, d: vote(event, guildId) };
    case "pollVoteTaken":
      return { t: T.MessagePollVoteRemove, d: vote(event, guildId) };
    case "guildAdded":
      return { t: T.GuildCreate, d: guildCreateToWire(world, event.guild, audience) };
    case "guildUpdated":
      return { t: T.GuildUpdate, d: guildToWire(event.guild) };
    case "channelAdded":
      return { t: T.ChannelCreate, d: channelToWire(world, event.channel) };
    case "channelUpdated":
      return { t: T.ChannelUpdate, d: channelToWire(world, event.channel) };
    case "channelRemoved":
      return { t: T.ChannelDelete, d: channelToWire(world, event.channel) };
    case "threadAdded":
    case "threadUpdated":
    case "threadRemoved":
    case "threadMembersChanged":
      return threadDispatch(audience, event);
    case "webhooksChanged":
      return { t: T.WebhooksUpdate, d: { guild_id: guildId, channel_id: event.channelId } };
    case "banAdded":
      return { t: T.GuildBanAdd, d: ban(world, event.userId, guildId) };
    case "banRemoved":
      return { t: T.GuildBanRemove, d: ban(world, event.userId, guildId) };
    case "roleAdded":
      return { t: T.GuildRoleCreate, d: { guild_id: guildId, role: roleToWire(event.role) } };
    case "roleUpdated":
      return { t: T.GuildRoleUpdate, d: { guild_id: guildId, role: roleToWire(event.role) } };
    case "roleRemoved":
      return { t: T.GuildRoleDelete, d: { guild_id: guildId, role_id: event.roleId } };
    case "memberAdded":
    case "memberUpdated":
    case "memberRemoved":
      return memberDispatch(audience, event, guildId);
    default:
      return event satisfies never;
  }
}

/** To the bot itself, coming and going is the guild appearing and vanishing. */
function memberDispatch(
  audience: Audience,
  event: Extract<GuildEvent, { type: "memberAdded" | "memberUpdated" | "memberRemoved" }>,
  guildId: string,
): Dispatch {
  const { world, userId } = audience;
  if (event.type === "memberRemoved") {
    if (event.userId === userId) return { t: T.GuildDelete, d: { id: guildId } };
    const user = userToWire(world.getUser(event.userId));
    return { t: T.GuildMemberRemove, d: { guild_id: guildId, user } };
  }
  const guild = world.guilds.get(guildId);
  if (event.type === "memberAdded" && event.member.userId === userId && guild !== undefined)
    return { t: T.GuildCreate, d: guildCreateToWire(world, guild, audience) };
  return {
    t: event.type === "memberAdded" ? T.GuildMemberAdd : T.GuildMemberUpdate,
    d: { guild_id: guildId, ...memberToWire(world, event.member) },
  };
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
  event: Extract<GuildEvent, { type: "messagesDeleted" }>,
  guildId: string,
): Dispatch {
  const place = { channel_id: event.channelId, guild_id: guildId };
  if (event.bulk) return { t: T.MessageDeleteBulk, d: { ids: event.messageIds, ...place } };
  return { t: T.MessageDelete, d: { id: event.messageIds[0], ...place } };
}

function typing(
  world: World,
  event: Extract<GuildEvent, { type: "typingStarted" }>,
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

function pins(event: Extract<GuildEvent, { type: "pinsChanged" }>, guildId: string) {
  const last_pin_timestamp = event.atMs === null ? null : new Date(event.atMs).toISOString();
  return { guild_id: guildId, channel_id: event.channelId, last_pin_timestamp };
}

function vote(
  { message, userId, answerId }: Extract<GuildEvent, { type: "pollVoted" | "pollVoteTaken" }>,
  guildId: string,
) {
  const place = { channel_id: message.channelId, message_id: message.id, guild_id: guildId };
  return { ...place, user_id: userId, answer_id: answerId };
}

function ban(world: World, userId: string, guildId: string) {
  return { guild_id: guildId, user: userToWire(world.getUser(userId)) };
}
