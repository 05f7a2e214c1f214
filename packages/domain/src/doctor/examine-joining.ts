/** Whether the bot can add people to a server. */
import { examineBot } from "./examine-bot.ts";
import { examineGuildPermission } from "./examine-permissions.ts";
import type { Finding } from "./finding.ts";
import type { GuildScene } from "./scene.ts";

export function examineJoining(scene: GuildScene): Finding[] {
  const { guild, guildId } = scene;
  const findings = examineBot(scene, guildId, []);
  return guild === null
    ? findings
    : [...findings, ...examineGuildPermission(guild, "Create Invite")];
}
