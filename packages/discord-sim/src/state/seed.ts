/**
 * Brings the guilds, channels, people and bots of a seed into the world.
 * Repeating it changes nothing: things are found again by id, else by name.
 */
import { GatewayIntentBits } from "discord-api-types/v10";
import { GuildWrites } from "./guild-writes.ts";
import type { GuildRecord, UserRecord } from "./records.ts";
import type { World } from "./world.ts";

export type UserSeed = {
  id?: string;
  username: string;
  displayName?: string;
  email?: string;
  emailVerified?: boolean;
};
/** What people can sign in to with their account. */
export type ApplicationSeed = {
  clientId: string;
  clientSecret: string;
  redirectUris: readonly string[];
};
export type BotSeed = UserSeed & {
  token: string;
  /** Intent bits switched on for the application; all privileged ones unless given. */
  privilegedIntents?: number;
};
export type GuildSeed = {
  id?: string;
  name: string;
  channels?: { id?: string; name: string; topic?: string }[];
  roles?: { id?: string; name: string; color?: number }[];
  /** Usernames of people and bots in it; everyone unless given. */
  members?: string[];
};
export type Seed = {
  guilds?: GuildSeed[];
  bots?: BotSeed[];
  users?: UserSeed[];
  /** Not kept in the state file: they hold secrets. */
  applications?: ApplicationSeed[];
};

const ALL_PRIVILEGED =
  GatewayIntentBits.GuildMembers |
  GatewayIntentBits.GuildPresences |
  GatewayIntentBits.MessageContent;

export function applySeed(world: World, seed: Seed): void {
  const writes = new GuildWrites(world);
  const users = (seed.users ?? []).map((user) =>
    ensureUser(world, writes, { ...user, bot: false }),
  );
  const bots = (seed.bots ?? []).map((bot) => {
    const user = ensureUser(world, writes, { ...bot, bot: true });
    const privilegedIntents = bot.privilegedIntents ?? ALL_PRIVILEGED;
    world.bots.set(bot.token, { token: bot.token, userId: user.id, privilegedIntents });
    return user;
  });
  const everyone = [...users, ...bots];
  for (const guild of seed.guilds ?? []) ensureGuild(world, writes, guild, everyone);
}

function ensureUser(
  world: World,
  writes: GuildWrites,
  user: UserSeed & { bot: boolean },
): UserRecord {
  const known =
    user.id === undefined ? world.findUserByName(user.username) : world.users.get(user.id);
  const record = known ?? writes.addUser(user);
  record.username = user.username;
  record.displayName = user.displayName ?? user.username;
  if (user.email !== undefined) record.email = user.email;
  if (user.emailVerified !== undefined) record.emailVerified = user.emailVerified;
  return record;
}

function ensureGuild(
  world: World,
  writes: GuildWrites,
  seed: GuildSeed,
  everyone: UserRecord[],
): void {
  const ownerId = everyone[0]?.id ?? world.snowflakes.next();
  const guild =
    findByIdOrName(world.guilds.values(), seed) ?? writes.addGuild({ ...seed, ownerId });
  guild.name = seed.name;
  for (const role of seed.roles ?? []) {
    if (findByIdOrName(guild.roles, role) === undefined) writes.addRole(guild, role);
  }
  for (const channel of seed.channels ?? []) {
    const known = findByIdOrName(world.channelsOf(guild.id), channel);
    if (known === undefined) writes.addChannel(guild, channel);
    else known.name = channel.name;
  }
  addMembers(
    writes,
    guild,
    everyone.filter(({ username }) => seed.members?.includes(username) ?? true),
  );
}

function addMembers(writes: GuildWrites, guild: GuildRecord, users: UserRecord[]): void {
  for (const { id } of users) {
    if (!guild.members.some(({ userId }) => userId === id)) writes.addMember(guild, id);
  }
}

function findByIdOrName<T extends { id: string; name: string }>(
  known: Iterable<T>,
  wanted: { id?: string; name: string },
): T | undefined {
  return [...known].find(({ id, name }) =>
    wanted.id === undefined ? name === wanted.name : id === wanted.id,
  );
}
