/**
 * Brings the guilds, channels, people and bots of a seed into the world.
 * Repeating it changes nothing: things are found again by id, else by name.
 */
import { ChannelType, GatewayIntentBits } from "discord-api-types/v10";
import { GuildWrites } from "./guild-writes.ts";
import { MemberWrites } from "./member-writes.ts";
import { BOT_PERMISSIONS } from "./permissions.ts";
import type { GuildRecord, UserRecord } from "./records.ts";
import type { World } from "./world.ts";

export type UserSeed = {
  id?: string;
  username: string;
  displayName?: string;
  /** Made from the username unless given. */
  email?: string;
  emailVerified?: boolean;
};
/** What people can sign in to with their account. Every bot is an application without being one here. */
export type ApplicationSeed = {
  clientId: string;
  clientSecret: string;
  redirectUris: readonly string[];
  /** Username of the bot that may add people to servers on their consent. */
  bot?: string;
};
export type BotSeed = UserSeed & {
  token: string;
  /** Intent bits switched on for the application; all privileged ones unless given. */
  privilegedIntents?: number;
  /** Bits of the bot's own role; every one but Administrator unless given. Where it is an administrator, barriers alone stop it. */
  permissions?: string;
  /** For signing in with Discord: the application's secret and where it may send people back to. */
  clientSecret?: string;
  redirectUris?: string[];
};
export type ChannelSeed = {
  id?: string;
  name: string;
  topic?: string;
  type?: "text" | "announcement" | "forum" | "media" | "voice" | "category";
  tags?: string[];
};
export type RoleSeed = {
  id?: string;
  name: string;
  color?: number;
  permissions?: string;
  mentionable?: boolean;
  /** Username of the bot whose own role stands at this place. Unless one does, bots' roles are on top. */
  botOf?: string;
};
export type GuildSeed = {
  id?: string;
  name: string;
  channels?: ChannelSeed[];
  /** From the lowest to the highest. */
  roles?: RoleSeed[];
  /** Usernames of people and bots in it; everyone unless given. */
  members?: string[];
  /** Username; the first person unless given. */
  owner?: string;
  screening?: boolean;
  /** Bits of @everyone; those of a new guild unless given. */
  everyonePermissions?: string;
  stickers?: string[];
};
export type Seed = {
  guilds?: GuildSeed[];
  bots?: BotSeed[];
  users?: UserSeed[];
  /** Given at each start; the state file does not keep them. */
  applications?: ApplicationSeed[];
};

const ALL_PRIVILEGED =
  GatewayIntentBits.GuildMembers |
  GatewayIntentBits.GuildPresences |
  GatewayIntentBits.MessageContent;

export const CHANNEL_TYPES = {
  text: ChannelType.GuildText,
  voice: ChannelType.GuildVoice,
  category: ChannelType.GuildCategory,
  announcement: ChannelType.GuildAnnouncement,
  forum: ChannelType.GuildForum,
  media: ChannelType.GuildMedia,
};

export type SeededBot = { user: UserRecord; permissions: bigint };
type Cast = { users: UserRecord[]; bots: SeededBot[]; knownIds: ReadonlySet<string> };

export function applySeed(world: World, seed: Seed): void {
  const writes = new GuildWrites(world);
  const knownIds = new Set(world.users.keys());
  const users = (seed.users ?? []).map((user) =>
    ensureUser(world, writes, { ...user, bot: false }),
  );
  const bots = (seed.bots ?? []).map((bot) => ensureBot(world, writes, bot));
  for (const { bot, ...application } of seed.applications ?? []) {
    const botId = bots.find(({ user }) => user.username === bot)?.user.id ?? null;
    const name = bot ?? "An application";
    world.applications.set(application.clientId, { ...application, name, botId });
  }
  for (const guild of seed.guilds ?? [])
    ensureGuild(world, writes, guild, { users, bots, knownIds });
}

function ensureBot(world: World, writes: GuildWrites, bot: BotSeed): SeededBot {
  const user = ensureUser(world, writes, { ...bot, bot: true });
  world.bots.set(bot.token, {
    token: bot.token,
    userId: user.id,
    privilegedIntents: bot.privilegedIntents ?? ALL_PRIVILEGED,
  });
  world.applications.set(user.id, {
    clientId: user.id,
    name: user.username,
    clientSecret: bot.clientSecret ?? `secret-of-${bot.username}`,
    redirectUris: bot.redirectUris ?? [],
    botId: user.id,
  });
  const permissions = bot.permissions === undefined ? BOT_PERMISSIONS : BigInt(bot.permissions);
  return { user, permissions };
}

function ensureUser(
  world: World,
  writes: GuildWrites,
  user: UserSeed & { bot: boolean },
): UserRecord {
  const known =
    user.id === undefined ? world.findUserByName(user.username) : world.users.get(user.id);
  if (known === undefined) return writes.addUser(user);
  known.username = user.username;
  known.displayName = user.displayName ?? user.username;
  if (user.email !== undefined) known.email = user.email;
  if (user.emailVerified !== undefined) known.emailVerified = user.emailVerified;
  return known;
}

function ensureGuild(world: World, writes: GuildWrites, seed: GuildSeed, cast: Cast): void {
  const owner = cast.users.find(({ username }) => username === seed.owner) ?? cast.users[0];
  const known = findByIdOrName(world.guilds.values(), seed);
  const guild =
    known ?? writes.addGuild({ ...seed, ownerId: owner?.id ?? world.snowflakes.next() });
  guild.name = seed.name;
  const present = (user: UserRecord) => seed.members?.includes(user.username) ?? true;
  const bots = cast.bots.filter(({ user }) => present(user));
  ensureRoles(writes, guild, seed, bots);
  for (const channel of seed.channels ?? []) ensureChannel(world, writes, guild, channel);
  for (const name of seed.stickers ?? [])
    if (!guild.stickers.some((known) => known.name === name)) writes.addSticker(guild, { name });
  const everyone = [...cast.users.filter(present), ...bots.map(({ user }) => user)];
  // Who was there before and is not now has left, or was banned.
  const isNew = ({ id }: UserRecord) => known === undefined || !cast.knownIds.has(id);
  addMembers(new MemberWrites(world), guild, everyone.filter(isNew));
}

function ensureRoles(
  writes: GuildWrites,
  guild: GuildRecord,
  seed: GuildSeed,
  bots: SeededBot[],
): void {
  const ownRole = ({ user, permissions }: SeededBot) => {
    if (!guild.roles.some(({ botId }) => botId === user.id))
      writes.addBotRole(guild, user, permissions);
  };
  for (const role of seed.roles ?? []) {
    const bot = bots.find(({ user }) => user.username === role.botOf);
    if (bot !== undefined) ownRole(bot);
    else if (findByIdOrName(guild.roles, role) === undefined)
      writes.addRole(guild, { mentionable: true, ...withoutBot(role) });
  }
  for (const bot of bots) ownRole(bot);
}

function withoutBot({ botOf: _, ...role }: RoleSeed): Omit<RoleSeed, "botOf"> {
  return role;
}

function ensureChannel(
  world: World,
  writes: GuildWrites,
  guild: GuildRecord,
  { type = "text", tags = [], ...channel }: ChannelSeed,
): void {
  const known = findByIdOrName(world.channelsOf(guild.id), channel);
  if (known !== undefined) {
    known.name = channel.name;
    return;
  }
  const made = tags.map((name) => ({ id: world.snowflakes.next(), name, moderated: false }));
  writes.addChannel(guild, { ...channel, type: CHANNEL_TYPES[type], tags: made });
}

function addMembers(writes: MemberWrites, guild: GuildRecord, users: UserRecord[]): void {
  for (const { id } of users)
    if (!guild.members.some(({ userId }) => userId === id)) writes.add(guild, id);
}

function findByIdOrName<T extends { id: string; name: string }>(
  known: Iterable<T>,
  wanted: { id?: string; name: string },
): T | undefined {
  return [...known].find(({ id, name }) =>
    wanted.id === undefined ? name === wanted.name : id === wanted.id,
  );
}
