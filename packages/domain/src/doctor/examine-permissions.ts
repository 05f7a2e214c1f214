/** Which permissions the bot lacks, and where exactly each is missing. */
import type { DiscordChannel, DiscordOverwrite, GuildView } from "../discord/guild-view.ts";
import {
  channelPermissions,
  denying,
  guildPermissions,
  has,
  highestRole,
  type PermissionName,
} from "../discord/permissions.ts";
import type { Finding } from "./finding.ts";

/** Without View Channel nothing else is told: all of it is missing then. */
export function examineChannelPermissions(
  view: GuildView,
  channel: DiscordChannel,
  needed: readonly PermissionName[],
): Finding[] {
  const permissions = channelPermissions(view, channel);
  const missing = needed.filter((name) => !has(permissions, name));
  const [first] = missing;
  const told = first === "View Channel" ? [first] : missing;
  return told.map((name) => missingInChannel(view, channel, name));
}

/** A permission in the server as a whole. */
export function examineGuildPermission(view: GuildView, name: PermissionName): Finding[] {
  if (has(guildPermissions(view), name)) return [];
  return [
    {
      code: "missing_permission",
      severity: "error",
      message: `The bot lacks ${name} in ${view.name}.`,
      fix: inServerSettings(view, name),
    },
  ];
}

function missingInChannel(view: GuildView, channel: DiscordChannel, name: PermissionName): Finding {
  const [shut] = denying(view, channel, name).reverse(); // the last one that applies
  const isAllowedInServer = has(guildPermissions(view), name);
  return {
    code: "missing_permission",
    severity: "error",
    message: `The bot lacks ${name} in #${channel.name}${shut === undefined ? "" : `: ${whose(view, shut)} is denied it there`}.`,
    fix:
      shut === undefined && !isAllowedInServer
        ? inServerSettings(view, name)
        : inChannelSettings(view, channel, name),
  };
}

function inServerSettings(view: GuildView, name: PermissionName): string {
  return `In Discord: ${view.name} > Server Settings > Roles > ${roleOfBot(view)} > Permissions: switch on ${name}.`;
}

function inChannelSettings(view: GuildView, channel: DiscordChannel, name: PermissionName): string {
  return `In Discord: #${channel.name} > Edit Channel > Permissions > Advanced > ${roleOfBot(view)} (add it with +): set ${name} to the green tick.`;
}

/** The role to change: the bot's own, which its integration manages, before another. */
function roleOfBot(view: GuildView): string {
  const own = view.roles.find(({ roleId, managed }) => managed && view.botRoleIds.includes(roleId));
  return (own ?? highestRole(view))?.name ?? "the bot's role";
}

function whose(view: GuildView, { id, kind }: DiscordOverwrite): string {
  if (kind === "member") return "the bot itself";
  if (id === view.guildId) return "@everyone";
  return `the role ${view.roles.find(({ roleId }) => roleId === id)?.name ?? id}`;
}
