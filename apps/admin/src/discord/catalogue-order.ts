/** Servers and channels in the order in which Discord shows them. */
import type { BotChannel, BotGuild } from "../backend.ts";

export const CATEGORY = 4;

/** Each server once, by name, although several bots may be in it. */
export function uniqueGuilds(guilds: readonly BotGuild[]): BotGuild[] {
  const byId = new Map(guilds.map((guild) => [guild.guildId, guild]));
  return [...byId.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Channels without a category first, then each category followed by its channels. */
export function inDiscordOrder(channels: readonly BotChannel[]): BotChannel[] {
  const under = (parentId: string | null) =>
    channels
      .filter((channel) => channel.parentId === parentId && channel.type !== CATEGORY)
      .sort(byPosition);
  const categories = channels.filter(({ type }) => type === CATEGORY).sort(byPosition);
  const placed = [
    ...under(null),
    ...categories.flatMap((category) => [category, ...under(category.channelId)]),
  ];
  const orphans = channels.filter((channel) => !placed.includes(channel));
  return [...placed, ...orphans];
}

function byPosition(a: BotChannel, b: BotChannel): number {
  return a.position - b.position || (a.channelId < b.channelId ? -1 : 1);
}
