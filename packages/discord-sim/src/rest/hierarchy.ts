/**
 * The second cause of 50013: the right permission, but a target that is not
 * below the bot's highest role.
 *
 * [DPERM6] Roles at or above the bot's highest can be neither given, taken, changed nor moved.
 * [DPERM7] Members with such a role can be neither kicked, banned nor renamed; nor can the owner.
 */
import { standsAboveMember, standsAboveRole } from "../state/permissions.ts";
import type { GuildRecord, MemberRecord, RoleRecord } from "../state/records.ts";
import { refuse } from "../wire/api-error.ts";

export function getRole(guild: GuildRecord, roleId: string | undefined): RoleRecord {
  const role = guild.roles.find(({ id }) => id === roleId);
  if (role === undefined) throw refuse.unknownRole();
  return role;
}

/** A role that may be given or taken: known, below, and not managed by an integration; @everyone is not known here. */
export function getAssignableRole(
  guild: GuildRecord,
  self: MemberRecord,
  roleId: string | undefined,
): RoleRecord {
  const role = getRole(guild, roleId === guild.id ? undefined : roleId);
  if (role.managed) throw refuse.missingPermissions();
  requireAboveRole(guild, self, role);
  return role;
}

export function requireAboveRole(guild: GuildRecord, self: MemberRecord, role: RoleRecord): void {
  if (!standsAboveRole(guild, self, role)) throw refuse.missingPermissions();
}

export function requireAboveMember(
  guild: GuildRecord,
  self: MemberRecord,
  target: MemberRecord,
): void {
  if (!standsAboveMember(guild, self, target)) throw refuse.missingPermissions();
}

/** Nobody hands out bits they do not have. */
export function requireHeldBits(held: bigint, wanted: bigint): void {
  if ((wanted & ~held) !== 0n) throw refuse.missingPermissions();
}
