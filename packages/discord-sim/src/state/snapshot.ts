/** The whole world as one JSON value, and back. Bytes of files are kept apart. */
import type {
  BotRecord,
  ChannelRecord,
  GrantRecord,
  GuildRecord,
  MessageRecord,
  UserRecord,
  WebhookRecord,
} from "./records.ts";
import { upgradeSnapshot } from "./upgrade.ts";
import type { World } from "./world.ts";

export const VERSION = 2;

export type Snapshot = {
  version: typeof VERSION;
  linkSecret: string;
  guilds: GuildRecord[];
  channels: ChannelRecord[];
  users: UserRecord[];
  bots: BotRecord[];
  webhooks: WebhookRecord[];
  grants: GrantRecord[];
  /** Each channel's messages, oldest first, channel after channel. */
  messages: MessageRecord[];
};

export function takeSnapshot(world: World): Snapshot {
  return {
    version: VERSION,
    linkSecret: world.linkSecret,
    guilds: [...world.guilds.values()],
    channels: [...world.channels.values()],
    users: [...world.users.values()],
    bots: [...world.bots.values()],
    webhooks: [...world.webhooks.values()],
    grants: [...world.grants.values()],
    messages: [...world.channels.keys()].flatMap((id) => world.log(id).all()),
  };
}

/** Into an empty world. Files are loaded by whoever keeps them. */
export function restoreSnapshot(world: World, snapshot: Snapshot): void {
  world.linkSecret = snapshot.linkSecret;
  for (const guild of snapshot.guilds) world.guilds.set(guild.id, guild);
  for (const channel of snapshot.channels) world.channels.set(channel.id, channel);
  for (const user of snapshot.users) world.users.set(user.id, user);
  for (const bot of snapshot.bots) world.bots.set(bot.token, bot);
  for (const webhook of snapshot.webhooks) world.webhooks.set(webhook.id, webhook);
  for (const grant of snapshot.grants) world.grants.set(grant.accessToken, grant);
  for (const message of snapshot.messages) world.log(message.channelId).append(message);
  for (const id of idsOf(snapshot)) world.snowflakes.seen(id);
}

/** Older versions are brought up to this one. Throws with the reason when a file is not one of ours. */
export function parseSnapshot(text: string): Snapshot {
  const value = upgradeSnapshot(JSON.parse(text));
  const version =
    typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (version !== VERSION) throw new Error(`state version ${String(version)}, expected ${VERSION}`);
  return value as Snapshot;
}

function idsOf(snapshot: Snapshot): string[] {
  const { guilds, channels, users, messages, webhooks } = snapshot;
  const attachments = messages.flatMap((message) => message.attachments);
  const inGuilds = guilds.flatMap(({ roles, stickers }) => [...roles, ...stickers]);
  const tags = channels.flatMap((channel) => channel.tags);
  return [
    ...guilds,
    ...channels,
    ...users,
    ...messages,
    ...webhooks,
    ...attachments,
    ...inGuilds,
    ...tags,
  ].map(({ id }) => id);
}
