/**
 * The few Discord calls that role work needs, on discord.js' REST client (which keeps Discord's rate limits), and
 * what its gateway knows of a server's roles. Nothing here decides.
 */
import {
  type Client,
  type Guild,
  PermissionFlagsBits,
  type RESTGetAPIGuildMemberResult,
  type RESTGetAPIGuildMembersResult,
  type RESTPatchAPIGuildMemberResult,
  Routes,
} from "discord.js";
import { asCall } from "../discord/paced-request.ts";

/** Why the bot can neither give nor take a role, as far as is known without asking. */
export type RoleObstacle =
  | "bot_not_in_server"
  | "missing_permission"
  | "role_gone"
  | "role_managed" // by an integration: nobody else can give it
  | "bot_below_role";

export interface RoleServer {
  /** The roles a member holds. */
  held(userId: string): Promise<readonly string[]>;
  add(userId: string, roleId: string): Promise<void>;
  remove(userId: string, roleId: string): Promise<void>;
  /** Sets all roles of a member; answers those the member then holds. */
  set(userId: string, roleIds: readonly string[]): Promise<readonly string[]>;
  /** A page of the members after that one, by id, with their roles; at most 1,000. */
  membersAfter(userId: string): Promise<readonly HeldRoles[]>;
  obstacle(roleId: string): RoleObstacle | null;
}

export interface HeldRoles {
  readonly userId: string;
  readonly roleIds: readonly string[];
}

/** Discord's largest page of members. */
export const MEMBERS_PAGE = 1_000;

const REASON = "Heliograph: follows the member's access"; // in the server's audit log

/** Aborting the signal ends what waits for its turn, for a rate limit or for an answer. */
export function roleServer(client: Client<true>, guildId: string, signal: AbortSignal): RoleServer {
  const options = { signal, reason: REASON };
  const asRoles = <T>(act: () => Promise<T>) => asCall({ kind: "roles" }, act);
  return {
    async held(userId) {
      const route = Routes.guildMember(guildId, userId);
      const member = await asRoles(() => client.rest.get(route, { signal }));
      return (member as RESTGetAPIGuildMemberResult).roles;
    },
    async add(userId, roleId) {
      const route = Routes.guildMemberRole(guildId, userId, roleId);
      await asRoles(() => client.rest.put(route, options));
    },
    async remove(userId, roleId) {
      const route = Routes.guildMemberRole(guildId, userId, roleId);
      await asRoles(() => client.rest.delete(route, options));
    },
    async set(userId, roleIds) {
      const route = Routes.guildMember(guildId, userId);
      const body = { roles: roleIds };
      const member = await asRoles(() => client.rest.patch(route, { ...options, body }));
      return (member as RESTPatchAPIGuildMemberResult).roles;
    },
    async membersAfter(userId) {
      const query = new URLSearchParams({ limit: String(MEMBERS_PAGE), after: userId });
      const route = Routes.guildMembers(guildId);
      const page = await asRoles(() => client.rest.get(route, { query, signal }));
      return (page as RESTGetAPIGuildMembersResult).map(({ user, roles }) => ({
        userId: user.id,
        roleIds: roles,
      }));
    },
    obstacle: (roleId) => obstacleOf(client.guilds.cache.get(guildId), roleId),
  };
}

function obstacleOf(guild: Guild | undefined, roleId: string): RoleObstacle | null {
  if (guild === undefined) return "bot_not_in_server";
  const { me } = guild.members;
  const role = guild.roles.cache.get(roleId);
  if (role === undefined) return "role_gone";
  if (role.managed) return "role_managed";
  if (me === null) return null; // not known: Discord will say
  if (!me.permissions.has(PermissionFlagsBits.ManageRoles)) return "missing_permission";
  const isOwner = guild.ownerId === me.id;
  return isOwner || me.roles.highest.comparePositionTo(role) > 0 ? null : "bot_below_role";
}
