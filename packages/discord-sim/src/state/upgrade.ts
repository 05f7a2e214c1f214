/**
 * Brings a state file of an older version up to the present one, so that a
 * world made by an earlier simulator can still be opened. [DST5]
 *
 * Version 1 knew text channels only, and everyone was an administrator: people
 * get what members of a new guild may do, and each bot a role of its own.
 */
import { randomBytes } from "node:crypto";
import { type Fields, isFields } from "../messages/form-errors.ts";
import { newChannel, newMember, newMessage, newRole } from "./new-records.ts";
import { BOT_PERMISSIONS, EVERYONE_PERMISSIONS } from "./permissions.ts";
import type {
  ChannelRecord,
  GuildRecord,
  MemberRecord,
  MessageRecord,
  RoleRecord,
  UserRecord,
} from "./records.ts";
import { compareSnowflakes } from "./snowflakes.ts";

type OldUser = Omit<UserRecord, "email" | "emailVerified"> & {
  email?: string;
  emailVerified?: boolean;
};

/** Anything else is given back as it came. */
export function upgradeSnapshot(value: unknown): unknown {
  return isFields(value) && value.version === 1 ? fromVersion1(value) : value;
}

function fromVersion1(old: Fields): Fields {
  const users = (old.users as OldUser[]).map((user) => ({
    ...user,
    emailVerified: user.emailVerified ?? true,
    email: user.bot ? null : (user.email ?? `${user.username}@discord.example`),
  }));
  return {
    version: 2,
    linkSecret: randomBytes(32).toString("hex"),
    guilds: (old.guilds as GuildRecord[]).map((guild) => upgradeGuild(guild, users)),
    channels: (old.channels as ChannelRecord[]).map((channel) => newChannel(channel)),
    users,
    bots: old.bots,
    webhooks: [],
    grants: [],
    messages: (old.messages as MessageRecord[]).map((message) => newMessage(message)),
  };
}

function upgradeGuild(guild: GuildRecord, users: readonly UserRecord[]): GuildRecord {
  const roles = guild.roles.map((role) => upgradeRole(role, guild.id));
  const members = guild.members.map((member) => newMember(member));
  for (const member of members) {
    const user = users.find(({ id }) => id === member.userId);
    if (user?.bot) addBotRole(guild.id, roles, member, user);
  }
  return { ...guild, roles, members, bans: [], stickers: [], screening: false };
}

function upgradeRole(role: RoleRecord, guildId: string): RoleRecord {
  const everyone = role.id === guildId;
  return newRole({ ...role, ...(everyone && { permissions: EVERYONE_PERMISSIONS.toString() }) });
}

/** Its id is made of the two others, so that the same file always gives the same world. */
function addBotRole(
  guildId: string,
  roles: RoleRecord[],
  member: MemberRecord,
  bot: UserRecord,
): void {
  const id = (BigInt(bot.id) ^ BigInt(guildId)).toString();
  const free = roles.every((role) => compareSnowflakes(role.id, id) !== 0);
  if (!free) return;
  roles.push(
    newRole({
      id,
      name: bot.username,
      position: roles.length,
      permissions: BOT_PERMISSIONS.toString(),
      managed: true,
      botId: bot.id,
    }),
  );
  member.roleIds = [...member.roleIds, id];
}
