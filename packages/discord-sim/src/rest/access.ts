/**
 * Finds what a path names, as far as the calling bot may know of it, and holds
 * the bot to its permissions. Throws refusals.
 *
 * [DREST7] A guild without the bot answers 50001; asked for itself it is unknown (10004).
 * [DPERM5] What a bot does not see answers 50001, what it may not do there 50013.
 */
import { GatewayIntentBits, PermissionFlagsBits as P } from "discord-api-types/v10";
import { basePermissions } from "../state/permissions.ts";
import type {
  BotRecord,
  ChannelRecord,
  GuildRecord,
  MemberRecord,
  MessageRecord,
} from "../state/records.ts";
import { canSee } from "../state/visibility.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import type { MessageView } from "../wire/messages.ts";

/** Path parameters are always there in the routes that read them; empty matches nothing. */
type Id = string | undefined;

/** A guild that is there and without the bot is another refusal than one that is not there at all. */
export function getGuild(world: World, bot: BotRecord, guildId: Id): GuildRecord {
  const guild = world.guilds.get(guildId ?? "");
  if (guild === undefined) throw refuse.unknownGuild();
  if (!guild.members.some(({ userId }) => userId === bot.userId)) throw refuse.missingAccess();
  return guild;
}

/** The guild, when the bot has all of these bits in it. */
export function getGuildWith(
  world: World,
  bot: BotRecord,
  guildId: Id,
  needs: bigint,
): { guild: GuildRecord; self: MemberRecord } {
  const guild = getGuild(world, bot, guildId);
  const self = getMember(guild, bot.userId);
  if ((basePermissions(guild, self) & needs) !== needs) throw refuse.missingPermissions();
  return { guild, self };
}

export function getMember(guild: GuildRecord, userId: Id): MemberRecord {
  const member = guild.members.find((known) => known.userId === userId);
  if (member === undefined) throw refuse.unknownMember();
  return member;
}

export function getReadableChannel(world: World, bot: BotRecord, channelId: Id): ChannelRecord {
  const channel = world.channels.get(channelId ?? "");
  if (channel === undefined) throw refuse.unknownChannel();
  if (!canSee(world, channel, bot.userId)) throw refuse.missingAccess();
  return channel;
}

/** A channel to change something in; `needs` are the bits it takes. */
export function getWritableChannel(
  world: World,
  bot: BotRecord,
  channelId: Id,
  needs = 0n,
): ChannelRecord {
  const channel = getReadableChannel(world, bot, channelId);
  const parent = channel.thread === null ? undefined : world.channels.get(channel.parentId ?? "");
  if ([channel.barrier, parent?.barrier].includes("permissions")) throw refuse.missingPermissions();
  requireIn(world, bot, channel, needs);
  return channel;
}

export function requireIn(
  world: World,
  bot: BotRecord,
  channel: ChannelRecord,
  needs: bigint,
): void {
  if (!hasIn(world, bot, channel, needs)) throw refuse.missingPermissions();
}

export function hasIn(
  world: World,
  bot: BotRecord,
  channel: ChannelRecord,
  needs: bigint,
): boolean {
  return (world.permissionsIn(channel, bot.userId) & needs) === needs;
}

/** What it takes to post there: threads have a bit of their own. */
export function sendingBit(channel: ChannelRecord): bigint {
  return channel.thread === null ? P.SendMessages : P.SendMessagesInThreads;
}

export function getMessage(world: World, channel: ChannelRecord, messageId: Id): MessageRecord {
  const message = world.findMessage(channel.id, messageId ?? "");
  if (message === undefined) throw refuse.unknownMessage();
  return message;
}

/** Over REST the application's setting decides, not what a session asked for. */
export function viewFor(world: World, baseUrl: string, bot: BotRecord): MessageView {
  const readsContent = (bot.privilegedIntents & GatewayIntentBits.MessageContent) !== 0;
  return { world, baseUrl, viewer: { userId: bot.userId, readsContent } };
}
