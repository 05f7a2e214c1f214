/** What tests look at: members with their roles, pings, webhooks, threads. No tokens. */
import type { PingRecord, WebhookRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";

export type SeenMember = {
  userId: string;
  username: string;
  displayName: string;
  bot: boolean;
  nick: string | null;
  pending: boolean;
  /** From the highest to the lowest, without @everyone. */
  roles: { id: string; name: string }[];
};

/** Throws when there is no such guild. */
export function membersOf(world: World, guildId: string): SeenMember[] {
  const guild = world.guilds.get(guildId);
  if (guild === undefined) throw refuse.unknownGuild();
  const roles = [...guild.roles].sort((a, b) => b.position - a.position);
  return guild.members.map(({ userId, nick, pending, roleIds }) => {
    const { username, displayName, bot } = world.getUser(userId);
    const held = roles.filter(({ id }) => roleIds.includes(id));
    return {
      userId,
      username,
      displayName,
      bot,
      nick,
      pending,
      roles: held.map(({ id, name }) => ({ id, name })),
    };
  });
}

export type SeenWebhook = Omit<WebhookRecord, "token">;

export function webhooksIn(world: World, channelId?: string): SeenWebhook[] {
  return [...world.webhooks.values()]
    .filter((webhook) => channelId === undefined || webhook.channelId === channelId)
    .map(({ token: _, ...webhook }) => webhook);
}

export function pingsIn(world: World, channelId?: string): PingRecord[] {
  return world.pings.filter((ping) => channelId === undefined || ping.channelId === channelId);
}
