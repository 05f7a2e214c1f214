/** Changes to guilds, channels and roles. Each changes the world and emits its event. */

import { newChannel, newRole } from "./new-records.ts";
import { ALL_PERMISSIONS, compareRoles, EVERYONE_PERMISSIONS } from "./permissions.ts";
import type {
  ChannelBarrier,
  ChannelRecord,
  GuildRecord,
  OverwriteRecord,
  RoleRecord,
  StickerRecord,
  UserRecord,
} from "./records.ts";
import type { World } from "./world.ts";

export type NewUser = {
  id?: string | undefined;
  username: string;
  displayName?: string | undefined;
  bot: boolean;
  email?: string | undefined;
  emailVerified?: boolean | undefined;
};

export class GuildWrites {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  addUser(user: NewUser): UserRecord {
    const { username, displayName = username, bot, emailVerified = true } = user;
    const email = bot ? null : (user.email ?? `${username}@discord.example`);
    const id = user.id ?? this.#world.snowflakes.next();
    const record = { id, username, displayName, bot, email, emailVerified };
    this.#world.users.set(record.id, record);
    this.#world.events.emit({ type: "peopleChanged" });
    return record;
  }

  /** With its @everyone role, which has the guild's own id. */
  addGuild(guild: {
    id?: string | undefined;
    name: string;
    ownerId: string;
    screening?: boolean | undefined;
    everyonePermissions?: string | undefined;
  }): GuildRecord {
    const id = guild.id ?? this.#world.snowflakes.next();
    const permissions = guild.everyonePermissions ?? EVERYONE_PERMISSIONS.toString();
    const everyone = newRole({ id, name: "@everyone", position: 0, permissions });
    const record: GuildRecord = {
      id,
      name: guild.name,
      ownerId: guild.ownerId,
      roles: [everyone],
      members: [],
      bans: [],
      stickers: [],
      screening: guild.screening ?? false,
    };
    this.#world.guilds.set(id, record);
    this.#world.events.emit({ type: "guildAdded", guild: record });
    return record;
  }

  changeGuild(
    guild: GuildRecord,
    change: Partial<Pick<GuildRecord, "name" | "ownerId" | "screening">>,
  ): void {
    Object.assign(guild, change);
    this.#world.events.emit({ type: "guildUpdated", guild });
  }

  addSticker(
    guild: GuildRecord,
    sticker: { id?: string | undefined; name: string },
  ): StickerRecord {
    const record = { id: sticker.id ?? this.#world.snowflakes.next(), name: sticker.name };
    guild.stickers.push(record);
    return record;
  }

  addChannel(
    guild: GuildRecord,
    channel: { id?: string | undefined; name: string } & Partial<
      Omit<ChannelRecord, "id" | "guildId" | "name" | "thread" | "barrier">
    >,
  ): ChannelRecord {
    const record = newChannel({
      position: this.#world.channelsOf(guild.id).length,
      ...channel,
      id: channel.id ?? this.#world.snowflakes.next(),
      guildId: guild.id,
    });
    this.#world.channels.set(record.id, record);
    this.#world.events.emit({ type: "channelAdded", channel: record });
    return record;
  }

  changeChannel(
    channel: ChannelRecord,
    change: Partial<Omit<ChannelRecord, "id" | "guildId" | "thread" | "barrier">>,
  ): void {
    Object.assign(channel, change);
    this.#world.events.emit({ type: "channelUpdated", channel });
  }

  /** With its threads, messages and webhooks; what hung under a category stays. */
  removeChannel(channel: ChannelRecord): void {
    for (const thread of this.#world.threadsOf(channel.id)) this.#world.dropChannel(thread.id);
    this.#world.dropChannel(channel.id);
    this.#world.events.emit({ type: "channelRemoved", channel });
  }

  setOverwrite(channel: ChannelRecord, overwrite: OverwriteRecord): void {
    const others = channel.overwrites.filter(({ id }) => id !== overwrite.id);
    this.changeChannel(channel, { overwrites: [...others, overwrite] });
  }

  removeOverwrite(channel: ChannelRecord, id: string): void {
    this.changeChannel(channel, {
      overwrites: channel.overwrites.filter((overwrite) => overwrite.id !== id),
    });
  }

  /** Puts up or takes away what keeps bots from a channel. */
  setBarrier(channel: ChannelRecord, barrier: ChannelBarrier): void {
    channel.barrier = barrier;
    this.#world.events.emit({ type: "channelUpdated", channel });
  }

  /** Above the others unless a position is given; bots ask Discord for new roles at the bottom. */
  addRole(
    guild: GuildRecord,
    role: { id?: string | undefined; name: string } & Partial<RoleRecord>,
  ): RoleRecord {
    const record = newRole({
      position: guild.roles.length,
      ...role,
      id: role.id ?? this.#world.snowflakes.next(),
    });
    guild.roles.push(record);
    this.#world.events.emit({ type: "roleAdded", guildId: guild.id, role: record });
    return record;
  }

  changeRole(
    guild: GuildRecord,
    role: RoleRecord,
    change: Partial<Pick<RoleRecord, "name" | "color" | "permissions" | "mentionable" | "hoist">>,
  ): void {
    Object.assign(role, change);
    this.#world.events.emit({ type: "roleUpdated", guildId: guild.id, role });
  }

  /** Moves roles to positions; the others close up around them. Tells of each role that moved. */
  moveRoles(guild: GuildRecord, wishes: readonly RoleMove[]): void {
    for (const { role, position } of plannedMoves(guild, wishes)) {
      role.position = position;
      this.#world.events.emit({ type: "roleUpdated", guildId: guild.id, role });
    }
  }

  /** Members lose it, and overwrites for it go. */
  removeRole(guild: GuildRecord, roleId: string): void {
    guild.roles = guild.roles.filter(({ id }) => id !== roleId);
    for (const member of guild.members)
      member.roleIds = member.roleIds.filter((id) => id !== roleId);
    for (const channel of this.#world.channelsOf(guild.id))
      channel.overwrites = channel.overwrites.filter(({ id }) => id !== roleId);
    this.#world.events.emit({ type: "roleRemoved", guildId: guild.id, roleId });
  }

  /** A bot's own role, as Discord makes one when a bot is added with permissions. */
  addBotRole(guild: GuildRecord, bot: UserRecord, permissions: bigint): RoleRecord {
    return this.addRole(guild, {
      name: bot.username,
      permissions: (permissions & ALL_PERMISSIONS).toString(),
      managed: true,
      botId: bot.id,
    });
  }
}

export type RoleMove = { id: string; position: number };

/** Which roles would stand elsewhere after these wishes, and where. Pure. */
export function plannedMoves(
  guild: GuildRecord,
  wishes: readonly RoleMove[],
): { role: RoleRecord; position: number }[] {
  const wished = new Map(wishes.map(({ id, position }) => [id, position]));
  const others = guild.roles.filter(({ id }) => id !== guild.id);
  const order = others.filter(({ id }) => !wished.has(id)).sort(compareRoles);
  const moved = others.filter(({ id }) => wished.has(id));
  moved.sort((a, b) => (wished.get(a.id) ?? 0) - (wished.get(b.id) ?? 0) || compareRoles(a, b));
  for (const role of moved) order.splice(Math.max(0, (wished.get(role.id) ?? 1) - 1), 0, role);
  return order
    .map((role, index) => ({ role, position: index + 1 }))
    .filter(({ role, position }) => role.position !== position);
}
