/**
 * What a member may do: base permissions from roles, then a channel's
 * overwrites, in Discord's order. Pure.
 *
 *   @everyone + roles -> owner or administrator? everything
 *     -> overwrite of @everyone -> all role overwrites together -> member overwrite
 *
 * [DPERM1] Overwrites apply in that order, allow after deny at each step.
 * [DPERM2] Administrators and the owner pass every overwrite.
 * [DPERM3] Who does not see a channel can do nothing in it.
 * [DPERM4] Roles are ordered by position, then by age; the owner is above all.
 */
import { PermissionFlagsBits as P } from "discord-api-types/v10";
import type { ChannelRecord, GuildRecord, MemberRecord, RoleRecord } from "./records.ts";
import { compareSnowflakes } from "./snowflakes.ts";

export const ALL_PERMISSIONS = Object.values(P).reduce((sum, bit) => sum | bit, 0n);

/** What @everyone may do in a new guild. */
export const EVERYONE_PERMISSIONS =
  P.ViewChannel |
  P.CreateInstantInvite |
  P.ChangeNickname |
  P.SendMessages |
  P.SendMessagesInThreads |
  P.CreatePublicThreads |
  P.CreatePrivateThreads |
  P.EmbedLinks |
  P.AttachFiles |
  P.AddReactions |
  P.UseExternalEmojis |
  P.UseExternalStickers |
  P.MentionEveryone |
  P.ReadMessageHistory |
  P.SendPolls;

/** What a seeded bot's own role may do unless the seed says otherwise: all but pass overwrites. */
export const BOT_PERMISSIONS = ALL_PERMISSIONS & ~P.Administrator;

/** Lost with the right to send, whatever the roles say. */
const NEEDS_SENDING = P.MentionEveryone | P.SendTTSMessages | P.AttachFiles | P.EmbedLinks;

export function basePermissions(guild: GuildRecord, member: MemberRecord): bigint {
  if (guild.ownerId === member.userId) return ALL_PERMISSIONS;
  const held = guild.roles
    .filter(({ id }) => id === guild.id || member.roleIds.includes(id))
    .reduce((sum, { permissions }) => sum | BigInt(permissions), 0n);
  return (held & P.Administrator) === 0n ? held : ALL_PERMISSIONS;
}

/** For a thread pass its parent: threads have no overwrites of their own. */
export function channelPermissions(
  guild: GuildRecord,
  member: MemberRecord,
  channel: ChannelRecord,
): bigint {
  const base = basePermissions(guild, member);
  if (base === ALL_PERMISSIONS) return base;
  const overwritten = applyOverwrites(base, guild, member, channel);
  if ((overwritten & P.ViewChannel) === 0n) return 0n;
  return (overwritten & P.SendMessages) === 0n ? overwritten & ~NEEDS_SENDING : overwritten;
}

function applyOverwrites(
  base: bigint,
  guild: GuildRecord,
  member: MemberRecord,
  channel: ChannelRecord,
): bigint {
  const find = (ids: readonly string[], kind: "role" | "member") =>
    channel.overwrites.filter((entry) => entry.kind === kind && ids.includes(entry.id));
  const roleIds = member.roleIds.filter((id) => id !== guild.id);
  return [find([guild.id], "role"), find(roleIds, "role"), find([member.userId], "member")].reduce(
    (permissions, entries) => {
      const deny = entries.reduce((sum, entry) => sum | BigInt(entry.deny), 0n);
      const allow = entries.reduce((sum, entry) => sum | BigInt(entry.allow), 0n);
      return (permissions & ~deny) | allow;
    },
    base,
  );
}

/** Negative, zero or positive, lowest role first. */
export function compareRoles(a: RoleRecord, b: RoleRecord): number {
  return a.position - b.position || compareSnowflakes(b.id, a.id);
}

/** Undefined: only @everyone. */
export function highestRole(guild: GuildRecord, member: MemberRecord): RoleRecord | undefined {
  return guild.roles
    .filter(({ id }) => member.roleIds.includes(id))
    .sort(compareRoles)
    .at(-1);
}

/** Whether the actor may hand out, change or take away this role. */
export function standsAboveRole(
  guild: GuildRecord,
  actor: MemberRecord,
  role: RoleRecord,
): boolean {
  if (guild.ownerId === actor.userId) return true;
  const highest = highestRole(guild, actor);
  return highest !== undefined && compareRoles(highest, role) > 0;
}

/** Whether the actor may kick, ban or rename this member. */
export function standsAboveMember(
  guild: GuildRecord,
  actor: MemberRecord,
  target: MemberRecord,
): boolean {
  if (guild.ownerId === target.userId) return false;
  const highest = highestRole(guild, target);
  if (guild.ownerId === actor.userId) return true;
  if (highest === undefined) return highestRole(guild, actor) !== undefined;
  return standsAboveRole(guild, actor, highest);
}
