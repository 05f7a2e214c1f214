/**
 * What the bot may do in a server and in a channel, in Discord's order:
 *
 *   @everyone + its roles -> owner or administrator? everything
 *     -> overwrite of @everyone -> all overwrites of its roles together -> its own overwrite
 *     -> without seeing the channel nothing, without sending nothing that goes with a message
 */
import type { DiscordChannel, DiscordOverwrite, DiscordRole, GuildView } from "./guild-view.ts";

/** The permissions that Heliograph asks about, under Discord's names. */
export const PERMISSION_BITS = {
  "Create Invite": 1n << 0n,
  Administrator: 1n << 3n,
  "View Channel": 1n << 10n,
  "Send Messages": 1n << 11n,
  "Embed Links": 1n << 14n,
  "Attach Files": 1n << 15n,
  "Read Message History": 1n << 16n,
  "Mention Everyone": 1n << 17n,
  "Manage Roles": 1n << 28n,
  "Manage Webhooks": 1n << 29n,
  "Send Messages in Threads": 1n << 38n,
} as const;

export type PermissionName = keyof typeof PERMISSION_BITS;

const EVERYTHING = -1n; // every bit is set
const SEND_TTS = 1n << 12n;
const GOES_WITH_A_MESSAGE =
  PERMISSION_BITS["Mention Everyone"] |
  PERMISSION_BITS["Attach Files"] |
  PERMISSION_BITS["Embed Links"] |
  SEND_TTS;

/** What the bot may do in the server as a whole. */
export function guildPermissions(view: GuildView): bigint {
  if (view.ownerId === view.botUserId) return EVERYTHING;
  const held = rolesOfBot(view, { withEveryone: true }).reduce(
    (sum, { permissions }) => sum | BigInt(permissions),
    0n,
  );
  return (held & PERMISSION_BITS.Administrator) === 0n ? held : EVERYTHING;
}

/** What the bot may do in the channel. A thread has its parent's permissions. */
export function channelPermissions(
  view: GuildView,
  channel: Pick<DiscordChannel, "overwrites">,
): bigint {
  const base = guildPermissions(view);
  if (base === EVERYTHING) return base;
  const own = overwritesOfBot(view, channel);
  const overwritten = [own.everyone, own.roles, own.member].reduce(applyOverwrites, base);
  if (!has(overwritten, "View Channel")) return 0n;
  return has(overwritten, "Send Messages") ? overwritten : overwritten & ~GOES_WITH_A_MESSAGE;
}

export function has(permissions: bigint, name: PermissionName): boolean {
  return (permissions & PERMISSION_BITS[name]) !== 0n;
}

/** The overwrites of the channel that deny the bot this permission, in the order in which they apply. */
export function denying(
  view: GuildView,
  channel: Pick<DiscordChannel, "overwrites">,
  name: PermissionName,
): DiscordOverwrite[] {
  const { everyone, roles, member } = overwritesOfBot(view, channel);
  const bit = PERMISSION_BITS[name];
  return [...everyone, ...roles, ...member].filter(({ deny }) => (BigInt(deny) & bit) !== 0n);
}

/** The highest of the bot's roles; undefined: it has none of its own. */
export function highestRole(view: GuildView): DiscordRole | undefined {
  return rolesOfBot(view, { withEveryone: false }).sort(compareRoles).at(-1);
}

/** Whether the bot stands above the role, so that it may give and take it. */
export function standsAbove(view: GuildView, role: DiscordRole): boolean {
  if (view.ownerId === view.botUserId) return true;
  const highest = highestRole(view);
  return highest !== undefined && compareRoles(highest, role) > 0;
}

/** Lowest first. Of two at one position the older is the higher. */
export function compareRoles(a: DiscordRole, b: DiscordRole): number {
  if (a.position !== b.position) return a.position - b.position;
  const [ageA, ageB] = [BigInt(a.roleId), BigInt(b.roleId)];
  return ageA === ageB ? 0 : ageA < ageB ? 1 : -1;
}

function rolesOfBot(view: GuildView, { withEveryone }: { withEveryone: boolean }): DiscordRole[] {
  return view.roles.filter(({ roleId }) =>
    roleId === view.guildId ? withEveryone : view.botRoleIds.includes(roleId),
  );
}

function overwritesOfBot(view: GuildView, { overwrites }: Pick<DiscordChannel, "overwrites">) {
  const of = (kind: DiscordOverwrite["kind"], ids: readonly string[]) =>
    overwrites.filter((overwrite) => overwrite.kind === kind && ids.includes(overwrite.id));
  return {
    everyone: of("role", [view.guildId]),
    roles: of(
      "role",
      view.botRoleIds.filter((roleId) => roleId !== view.guildId),
    ),
    member: of("member", [view.botUserId]),
  };
}

function applyOverwrites(permissions: bigint, overwrites: readonly DiscordOverwrite[]): bigint {
  const deny = overwrites.reduce((sum, overwrite) => sum | BigInt(overwrite.deny), 0n);
  const allow = overwrites.reduce((sum, overwrite) => sum | BigInt(overwrite.allow), 0n);
  return (permissions & ~deny) | allow;
}
