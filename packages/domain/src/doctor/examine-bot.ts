/** Whether the bot is there at all: online, let in, with its intents, in the server. */
import { PERMISSION_BITS, type PermissionName } from "../discord/permissions.ts";
import type { Finding } from "./finding.ts";
import type { BotStanding, Intent, Scene } from "./scene.ts";

/** What a bot is invited with: all that Heliograph does in a server. */
const INVITED_WITH: readonly PermissionName[] = [
  "View Channel",
  "Send Messages",
  "Send Messages in Threads",
  "Embed Links",
  "Attach Files",
  "Read Message History",
  "Manage Roles",
  "Manage Webhooks",
  "Create Invite",
];

const INTENTS: Record<Intent, string> = {
  messageContent: "Message Content Intent",
  guildMembers: "Server Members Intent",
};

/** `needs`: the privileged intents without which it does not work. */
export function examineBot(
  { bot, guild }: Scene,
  guildId: string,
  needs: readonly Intent[],
): Finding[] {
  if (bot === null) {
    return [
      {
        code: "bot_unknown",
        severity: "warning",
        message: "No bot has reported yet, so nothing could be looked at.",
        fix: "Start the bot; what it sees is looked at as soon as it is online.",
      },
    ];
  }
  return [...examineConnection(bot, needs), ...(guild === null ? [notInServer(bot, guildId)] : [])];
}

/** Where an owner adds the bot to this server, with the permissions it needs. */
export function inviteUrl(applicationId: string, guildId: string): string {
  const permissions = INVITED_WITH.reduce((sum, name) => sum | PERMISSION_BITS[name], 0n);
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot&permissions=${permissions}&guild_id=${guildId}`;
}

function examineConnection(bot: BotStanding, needs: readonly Intent[]): Finding[] {
  const name = nameOf(bot);
  if (bot.state === "refused") return [refused(bot)];
  if (bot.state === "offline") {
    return [
      {
        code: "bot_offline",
        severity: "warning",
        message: `${name} is offline: what was looked at is how things stood when it went.`,
        fix: "Start the bot, or look at its log for why it ended.",
      },
    ];
  }
  return needs
    .filter((intent) => !bot.intents.includes(intent))
    .map((intent) => ({
      code: "intents_off" as const,
      severity: "error" as const,
      message: `${name} runs without ${INTENTS[intent]}.`,
      fix: `${switchOn([INTENTS[intent]])} Then restart the bot.`,
    }));
}

function refused(bot: BotStanding): Finding {
  const name = nameOf(bot);
  if (bot.code === "disallowed_intents") {
    return {
      code: "intents_off",
      severity: "error",
      message: `Discord does not let ${name} in: it asks for intents that are switched off.`,
      fix: `${switchOn(Object.values(INTENTS))} Then restart the bot.`,
    };
  }
  return {
    code: "bot_refused",
    severity: "error",
    message: `Discord does not let ${name} in (${bot.code ?? "no reason given"}).`,
    fix: "In the Developer Portal, open the application > Bot > Reset Token, set DISCORD_TOKEN to the new one and restart the bot.",
  };
}

function notInServer(bot: BotStanding, guildId: string): Finding {
  const url = bot.botUserId === null ? null : inviteUrl(bot.botUserId, guildId);
  return {
    code: "bot_not_in_server",
    severity: "error",
    message: `${nameOf(bot)} is not in the server ${guildId}.`,
    fix: `As an owner of the server, add the bot${url === null ? "." : `: ${url}`}`,
  };
}

function switchOn(names: readonly string[]): string {
  return `In the Developer Portal, open the application > Bot > Privileged Gateway Intents and switch on ${names.join(" and ")}.`;
}

function nameOf({ name }: BotStanding): string {
  return name ?? "the bot";
}
