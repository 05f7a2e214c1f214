/** How people, members and roles look on the wire. */
import type {
  APIGuildMember,
  APIRole,
  APIUser,
  GuildMemberFlags,
  RoleFlags,
} from "discord-api-types/v10";
import type { MemberRecord, RoleRecord, UserRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";

export function userToWire(user: UserRecord): APIUser {
  return {
    id: user.id,
    username: user.username,
    discriminator: "0",
    global_name: user.bot ? null : user.displayName,
    avatar: null,
    ...(user.bot && { bot: true }),
  };
}

/** As the user itself sees it; the address only where the scope or the token allows. */
export function ownUserToWire(user: UserRecord, { email }: { email: boolean }) {
  return {
    ...userToWire(user),
    mfa_enabled: user.bot,
    locale: "en-US",
    premium_type: 0,
    flags: 0,
    public_flags: 0,
    ...(user.bot && { verified: true, email: null }),
    ...(email && { verified: user.emailVerified, email: user.email }),
  };
}

/** A member without its user, as it stands inside a message event. */
export function bareMemberToWire(member: MemberRecord): Omit<APIGuildMember, "user"> {
  return {
    nick: member.nick,
    avatar: null,
    banner: null,
    roles: member.roleIds,
    joined_at: new Date(member.joinedAtMs).toISOString(),
    premium_since: null,
    communication_disabled_until: null,
    deaf: false,
    mute: false,
    pending: member.pending,
    flags: noMemberFlags,
  };
}

export function memberToWire(world: World, member: MemberRecord): APIGuildMember {
  return { user: userToWire(world.getUser(member.userId)), ...bareMemberToWire(member) };
}

export function roleToWire(role: RoleRecord): APIRole {
  return {
    id: role.id,
    name: role.name,
    color: role.color,
    colors: { primary_color: role.color, secondary_color: null, tertiary_color: null },
    hoist: role.hoist,
    icon: null,
    unicode_emoji: null,
    position: role.position,
    permissions: role.permissions,
    managed: role.managed,
    mentionable: role.mentionable,
    flags: noRoleFlags,
    ...(role.botId !== null && { tags: { bot_id: role.botId } }),
  };
}

const noMemberFlags: GuildMemberFlags = 0 as GuildMemberFlags;
const noRoleFlags: RoleFlags = 0 as RoleFlags;
