/** The whole world as one JSON value, and back. Bytes of files are kept apart. */
import type {
  BotRecord,
  ChannelRecord,
  GuildRecord,
  MessageRecord,
  UserRecord,
} from "./records.ts";
import type { World } from "./world.ts";

const VERSION = 1;

export type Snapshot = {
  version: typeof VERSION;
  guilds: GuildRecord[];
  channels: ChannelRecord[];
  users: UserRecord[];
  bots: BotRecord[];
  /** Each channel's messages, oldest first, channel after channel. */
  messages: MessageRecord[];
};

export function takeSnapshot(world: World): Snapshot {
  return {
    version: VERSION,
    guilds: [...world.guilds.values()],
    channels: [...world.channels.values()],
    users: [...world.users.values()],
    bots: [...world.bots.values()],
    messages: [...world.channels.keys()].flatMap((id) => world.log(id).all()),
  };
}

/** Into an empty world. Files are loaded by whoever keeps them. */
export function restoreSnapshot(world: World, snapshot: Snapshot): void {
  for (const guild of snapshot.guilds) world.guilds.set(guild.id, guild);
  for (const channel of snapshot.channels) world.channels.set(channel.id, channel);
  for (const user of snapshot.users) world.users.set(user.id, user);
  for (const bot of snapshot.bots) world.bots.set(bot.token, bot);
  for (const message of snapshot.messages) world.log(message.channelId).append(message);
  for (const id of idsOf(snapshot)) world.snowflakes.seen(id);
}

/** Throws with the reason when a file is not one of ours. */
export function parseSnapshot(text: string): Snapshot {
  const value: unknown = JSON.parse(text);
  const version =
    typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (version !== VERSION) throw new Error(`state version ${String(version)}, expected ${VERSION}`);
  return value as Snapshot;
}

function idsOf(snapshot: Snapshot): string[] {
  const { guilds, channels, users, messages } = snapshot;
  const attachments = messages.flatMap((message) => message.attachments);
  const roles = guilds.flatMap((guild) => guild.roles);
  return [...guilds, ...channels, ...users, ...messages, ...attachments, ...roles].map(
    ({ id }) => id,
  );
}
