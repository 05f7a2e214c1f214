/** Carries out actions: finds what they name, then one of the writes does it. */
import { ChannelType } from "discord-api-types/v10";
import type { Crossposts } from "../messages/crossposts.ts";
import { readMessageForm } from "../messages/message-form.ts";
import type { MessageWrites } from "../messages/message-writes.ts";
import type { PollWrites } from "../messages/poll-writes.ts";
import type { OAuth } from "../oauth/oauth.ts";
import type { GuildWrites } from "../state/guild-writes.ts";
import type { MemberWrites } from "../state/member-writes.ts";
import type { ChannelRecord, GuildRecord, MemberRecord, MessageRecord } from "../state/records.ts";
import { CHANNEL_TYPES } from "../state/seed.ts";
import { publicThreadType, type ThreadWrites } from "../state/thread-writes.ts";
import type { WebhookWrites } from "../state/webhook-writes.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { holdsPosts } from "../wire/channels.ts";
import type { ActionResult, SimAction } from "./actions.ts";

export type Writes = {
  world: World;
  messages: MessageWrites;
  polls: PollWrites;
  crossposts: Crossposts;
  threads: ThreadWrites;
  guilds: GuildWrites;
  members: MemberWrites;
  webhooks: WebhookWrites;
  oauth: OAuth;
};

const NOTHING_MADE: ActionResult = { id: null };
const HAS_THREAD = 1 << 5;
const SUPPRESS_EMBEDS = 1 << 2;

export function act(writes: Writes, action: SimAction): ActionResult {
  if (action.kind === "addUser") return made(writes.guilds.addUser({ ...action, bot: false }));
  if (action.kind === "deauthorize") {
    writes.oauth.deauthorize(action.clientId, action.userId);
    return NOTHING_MADE;
  }
  return "guildId" in action ? actInGuild(writes, action) : actInChannel(writes, action);
}

type GuildAction = Extract<SimAction, { guildId: string }>;
type ChannelAction = Extract<SimAction, { channelId: string }>;

function actInGuild(writes: Writes, action: GuildAction): ActionResult {
  const { guilds, world } = writes;
  const guild = world.guilds.get(action.guildId);
  if (guild === undefined) throw refuse.unknownGuild();
  if ("userId" in action) return actOnMember(writes, guild, action);
  switch (action.kind) {
    case "setScreening":
      guilds.changeGuild(guild, { screening: action.on });
      return NOTHING_MADE;
    case "addRole": {
      const { name, permissions = "0", color = 0 } = action;
      return made(guilds.addRole(guild, { name, permissions, color, mentionable: true }));
    }
    case "removeRole":
      guilds.removeRole(guild, findRole(guild, action.roleId).id);
      return NOTHING_MADE;
    case "moveRole":
      guilds.moveRoles(guild, [
        { id: findRole(guild, action.roleId).id, position: action.position },
      ]);
      return NOTHING_MADE;
    case "setRolePermissions": {
      const { permissions } = action;
      guilds.changeRole(guild, findRole(guild, action.roleId), { permissions });
      return NOTHING_MADE;
    }
    case "addChannel": {
      const { name, type = "text", parentId = null } = action;
      return made(guilds.addChannel(guild, { name, type: CHANNEL_TYPES[type], parentId }));
    }
    default:
      return action satisfies never;
  }
}

function actOnMember(
  { world, members }: Writes,
  guild: GuildRecord,
  action: Extract<GuildAction, { userId: string }>,
): ActionResult {
  const { userId } = action;
  if (!world.users.has(userId)) throw refuse.unknownUser();
  switch (action.kind) {
    case "join":
      if (guild.bans.some((ban) => ban.userId === userId)) throw refuse.banned();
      if (world.findMember(guild.id, userId) === undefined)
        members.add(guild, userId, { pending: guild.screening });
      return NOTHING_MADE;
    case "leave":
      if (!members.remove(guild, userId)) throw refuse.unknownMember();
      return NOTHING_MADE;
    case "ban":
      members.ban(guild, userId, action.reason ?? null);
      return NOTHING_MADE;
    case "unban":
      if (!members.unban(guild, userId)) throw refuse.unknownBan();
      return NOTHING_MADE;
    case "passScreening":
      members.change(guild, findMember(guild, userId), { pending: false });
      return NOTHING_MADE;
    case "setNick":
      members.change(guild, findMember(guild, userId), { nick: action.nick });
      return NOTHING_MADE;
    case "giveRole":
    case "takeRole": {
      const member = findMember(guild, userId);
      const { id } = findRole(guild, action.roleId);
      const others = member.roleIds.filter((other) => other !== id);
      const roleIds = action.kind === "giveRole" ? [...others, id] : others;
      if (roleIds.length !== member.roleIds.length) members.change(guild, member, { roleIds });
      return NOTHING_MADE;
    }
    default:
      return action satisfies never;
  }
}

function actInChannel(writes: Writes, action: ChannelAction): ActionResult {
  const { guilds, threads, world } = writes;
  const channel = world.channels.get(action.channelId);
  if (channel === undefined) throw refuse.unknownChannel();
  switch (action.kind) {
    case "renameChannel":
      if (channel.thread === null) guilds.changeChannel(channel, { name: action.name });
      else threads.change(channel, { name: action.name });
      return NOTHING_MADE;
    case "removeChannel":
      if (channel.thread === null) guilds.removeChannel(channel);
      else threads.remove(channel);
      return NOTHING_MADE;
    case "setOverwrite": {
      const { id, type, allow = "0", deny = "0" } = action;
      guilds.setOverwrite(channel, { id, kind: type, allow, deny });
      return NOTHING_MADE;
    }
    case "removeOverwrite":
      guilds.removeOverwrite(channel, action.id);
      return NOTHING_MADE;
    case "openThread":
      return made(openThread(writes, channel, action));
    case "changeThread": {
      const { kind: _, channelId: __, ...change } = action;
      threads.change(channel, change);
      return NOTHING_MADE;
    }
    default:
      actOnMessage(writes, findMessage(world, action), action);
      return NOTHING_MADE;
  }
}

function actOnMessage(
  { messages, polls, crossposts }: Writes,
  message: MessageRecord,
  action: Extract<
    ChannelAction,
    { kind: "pin" | "unpin" | "publish" | "vote" | "takeVoteBack" | "suppressEmbeds" }
  >,
): void {
  switch (action.kind) {
    case "pin":
      messages.pin(message, action.userId);
      break;
    case "unpin":
      messages.pin(message, null);
      break;
    case "publish":
      crossposts.publish(message);
      break;
    case "vote":
      polls.vote(message, action.userId, action.answerId);
      break;
    case "takeVoteBack":
      polls.takeBack(message, action.userId, action.answerId);
      break;
    case "suppressEmbeds":
      messages.touch(message, { flags: message.flags | SUPPRESS_EMBEDS, embeds: [] });
      break;
    default:
      action satisfies never;
  }
}

function openThread(
  { world, threads, messages }: Writes,
  parent: ChannelRecord,
  wish: Extract<SimAction, { kind: "openThread" }>,
): ChannelRecord {
  const { name, userId, messageId, content, tagIds = [] } = wish;
  const source = messageId === undefined ? undefined : world.findMessage(parent.id, messageId);
  if (messageId !== undefined && source === undefined) throw refuse.unknownMessage();
  if (source !== undefined && world.channels.has(source.id)) throw refuse.threadExists();
  const form = content === undefined ? undefined : readMessageForm({ content });
  if (holdsPosts(parent) && form === undefined) throw refuse.emptyMessage();
  const type = wish.private === true ? ChannelType.PrivateThread : publicThreadType(parent);
  const known = { parent, type, name, ownerId: userId, appliedTagIds: [...tagIds] };
  const thread = threads.open(source === undefined ? known : { ...known, id: source.id });
  if (source !== undefined) messages.touch(source, { flags: source.flags | HAS_THREAD });
  if (form !== undefined) {
    const first = { channelId: thread.id, authorId: userId, form, uploads: [] };
    messages.create(holdsPosts(parent) ? { ...first, id: thread.id } : first);
  }
  return thread;
}

function made({ id }: { id: string }): ActionResult {
  return { id };
}

function findRole(guild: GuildRecord, roleId: string) {
  const role = guild.roles.find(({ id }) => id === roleId);
  if (role === undefined) throw refuse.unknownRole();
  return role;
}

function findMember(guild: GuildRecord, userId: string): MemberRecord {
  const member = guild.members.find((known) => known.userId === userId);
  if (member === undefined) throw refuse.unknownMember();
  return member;
}

function findMessage(
  world: World,
  { channelId, messageId }: { channelId: string; messageId: string },
): MessageRecord {
  const message = world.findMessage(channelId, messageId);
  if (message === undefined) throw refuse.unknownMessage();
  return message;
}
