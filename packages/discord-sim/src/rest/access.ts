/** Finds what a path names, as far as the calling bot may know of it. Throws refusals. */
import { GatewayIntentBits } from "discord-api-types/v10";
import type {
  BotRecord,
  ChannelRecord,
  GuildRecord,
  MemberRecord,
  MessageRecord,
} from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import type { MessageView } from "../wire/messages.ts";

/** Path parameters are always there in the routes that read them; empty matches nothing. */
type Id = string | undefined;

export function getGuild(world: World, bot: BotRecord, guildId: Id): GuildRecord {
  const guild = world.guilds.get(guildId ?? "");
  const joined = guild?.members.some(({ userId }) => userId === bot.userId) ?? false;
  if (guild === undefined || !joined) throw refuse.unknownGuild();
  return guild;
}

export function getMember(guild: GuildRecord, userId: Id): MemberRecord {
  const member = guild.members.find((known) => known.userId === userId);
  if (member === undefined) throw refuse.unknownMember();
  return member;
}

export function getReadableChannel(world: World, bot: BotRecord, channelId: Id): ChannelRecord {
  const channel = world.channels.get(channelId ?? "");
  if (channel === undefined) throw refuse.unknownChannel();
  const joined = world.findMember(channel.guildId, bot.userId) !== undefined;
  if (!joined || channel.barrier === "access") throw refuse.missingAccess();
  return channel;
}

export function getWritableChannel(world: World, bot: BotRecord, channelId: Id): ChannelRecord {
  const channel = getReadableChannel(world, bot, channelId);
  if (channel.barrier === "permissions") throw refuse.missingPermissions();
  return channel;
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
