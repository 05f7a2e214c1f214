/** Whether the bot can give and take a role. */
import { highestRole, standsAbove } from "../discord/permissions.ts";
import { examineBot } from "./examine-bot.ts";
import { examineGuildPermission } from "./examine-permissions.ts";
import type { Finding } from "./finding.ts";
import type { RoleScene } from "./scene.ts";

export function examineRole(scene: RoleScene): Finding[] {
  const { guild, roleId } = scene;
  const findings = examineBot(scene, scene.guildId, []);
  if (guild === null) return findings;
  const role = guild.roles.find((known) => known.roleId === roleId);
  if (role === undefined) {
    return [
      ...findings,
      {
        code: "role_unknown",
        severity: "error",
        message: `There is no role ${roleId} in ${guild.name}.`,
        fix: `In Discord: ${guild.name} > Server Settings > Roles: make it, or choose another here.`,
      },
    ];
  }
  findings.push(...examineGuildPermission(guild, "Manage Roles"));
  if (role.roleId === guild.guildId || role.managed) {
    return [
      ...findings,
      {
        code: "role_not_givable",
        severity: "error",
        message:
          role.roleId === guild.guildId
            ? "@everyone is the role of everybody: it cannot be given."
            : `The role ${role.name} belongs to an integration: nobody can give it.`,
        fix: `In Discord: ${guild.name} > Server Settings > Roles > Create Role, then choose that one here.`,
      },
    ];
  }
  if (!standsAbove(guild, role)) {
    const own = highestRole(guild)?.name ?? "the bot's role";
    findings.push({
      code: "bot_below_role",
      severity: "error",
      message: `The bot's highest role, ${own}, is not above ${role.name}.`,
      fix: `In Discord: ${guild.name} > Server Settings > Roles: drag ${own} above ${role.name}.`,
    });
  }
  return findings;
}
