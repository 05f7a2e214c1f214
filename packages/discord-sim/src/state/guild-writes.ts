/** Changes to guilds: channels, members, roles. Each changes the world and emits its event. */
import { PermissionFlagsBits } from "discord-api-types/v10";
import type {
  ChannelBarrier,
  ChannelRecord,
  GuildRecord,
  MemberRecord,
  RoleRecord,
  UserRecord,
} from "./records.ts";
import type { World } from "./world.ts";

/** What a bot or person may do unless a barrier says no. */
const EVERYONE_PERMISSIONS = PermissionFlagsBits.Administrator;

export class GuildWrites {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  addUser(user: {
    id?: string | undefined;
    username: string;
    displayName?: string | undefined;
    bot: boolean;
  }): UserRecord {
    const { username, displayName = username, bot } = user;
    const record = { id: user.id ?? this.#world.snowflakes.next(), username, displayName, bot };
    this.#world.users.set(record.id, record);
    return record;
  }

  /** With its @everyone role, which has the guild's own id. */
  addGuild(guild: { id?: string | undefined; name: string; ownerId: string }): GuildRecord {
    const id = guild.id ?? this.#world.snowflakes.next();
    const everyone = newRole({
      id,
      name: "@everyone",
      position: 0,
      permissions: EVERYONE_PERMISSIONS.toString(),
    });
    const record = { id, name: guild.name, ownerId: guild.ownerId, roles: [everyone], members: [] };
    this.#world.guilds.set(id, record);
    this.#world.events.emit({ type: "guildAdded", guild: record });
    return record;
  }

  addChannel(
    guild: GuildRecord,
    channel: { id?: string | undefined; name: string; topic?: string | undefined },
  ): ChannelRecord {
    const record: ChannelRecord = {
      id: channel.id ?? this.#world.snowflakes.next(),
      guildId: guild.id,
      name: channel.name,
      topic: channel.topic ?? null,
      position: this.#world.channelsOf(guild.id).length,
      barrier: null,
    };
    this.#world.channels.set(record.id, record);
    this.#world.events.emit({ type: "channelAdded", channel: record });
    return record;
  }

  /** Puts up or takes away what keeps bots from a channel. */
  setBarrier(channel: ChannelRecord, barrier: ChannelBarrier): void {
    channel.barrier = barrier;
    this.#world.events.emit({ type: "channelUpdated", channel });
  }

  addRole(
    guild: GuildRecord,
    role: { id?: string | undefined; name: string; color?: number | undefined },
  ): RoleRecord {
    const id = role.id ?? this.#world.snowflakes.next();
    const record = newRole({ ...role, id, position: guild.roles.length });
    guild.roles.push(record);
    this.#world.events.emit({ type: "roleAdded", guildId: guild.id, role: record });
    return record;
  }

  addMember(guild: GuildRecord, userId: string): MemberRecord {
    const member = { userId, roleIds: [], nick: null, joinedAtMs: this.#world.clock.nowMs() };
    guild.members.push(member);
    this.#world.events.emit({ type: "memberAdded", guildId: guild.id, member });
    return member;
  }

  changeMember(
    guild: GuildRecord,
    member: MemberRecord,
    change: Partial<Pick<MemberRecord, "roleIds" | "nick">>,
  ): void {
    Object.assign(member, change);
    this.#world.events.emit({ type: "memberUpdated", guildId: guild.id, member });
  }
}

function newRole(role: {
  id: string;
  name: string;
  position: number;
  color?: number | undefined;
  permissions?: string;
}): RoleRecord {
  const { id, name, position, color = 0, permissions = "0" } = role;
  return { id, name, color, position, permissions, mentionable: true, managed: false };
}
