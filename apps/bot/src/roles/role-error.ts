/**
 * What a failed Discord call means for a member's roles: try again, or wait until a person has changed something.
 * Codes: Discord's JSON error codes.
 */
import { DiscordAPIError, HTTPError, RateLimitError } from "discord.js";
import type { RoleObstacle } from "./role-server.ts";

export interface RoleFailure {
  readonly outcome: "retry" | "blocked";
  /** What is concerned: this role, this member, the member's server, or the whole bot. */
  readonly reach: "role" | "member" | "server" | "bot";
  /** Stable code shown to the operator and the customer. */
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

const OBSTACLES: Readonly<Record<RoleObstacle, string>> = {
  bot_not_in_server: "The bot is not in this server: invite it.",
  missing_permission: "The bot may not manage roles in this server: give its role Manage Roles.",
  role_gone: "This role does not exist any more: map another one, or remove the mapping.",
  role_managed: "An integration manages this role, nobody else can give it: map another one.",
  bot_below_role:
    "The bot's highest role is not above this one: drag it higher in the server's role list.",
};

const TOKEN_RETRY_MS = 60_000;

export function obstacleFailure(obstacle: RoleObstacle): RoleFailure {
  const reach = obstacle === "bot_not_in_server" ? "server" : "role";
  return { outcome: "blocked", reach, code: obstacle, message: OBSTACLES[obstacle] };
}

/** `obstacle`: what the gateway knows against the role, for Discord says the same for two causes. */
export function classifyRoleError(error: unknown, obstacle: RoleObstacle | null): RoleFailure {
  if (error instanceof RateLimitError) {
    return {
      outcome: "retry",
      reach: "server",
      code: "rate_limited",
      message: "Discord lets a bot change only so many members of one server at a time.",
      retryAfterMs: error.retryAfter,
    };
  }
  if (error instanceof DiscordAPIError) return fromApiError(error, obstacle);
  if (error instanceof HTTPError) {
    const message = `Discord answered ${error.status}`;
    return { outcome: "retry", reach: "member", code: "discord_unavailable", message };
  }
  const text = error instanceof Error ? error.message : String(error);
  const message = `Discord could not be reached: ${text}`;
  return { outcome: "retry", reach: "member", code: "discord_unreachable", message };
}

function fromApiError(error: DiscordAPIError, obstacle: RoleObstacle | null): RoleFailure {
  if (error.status === 401) {
    const message = "Discord refuses the bot token: set DISCORD_TOKEN anew.";
    const code = "bad_token";
    return { outcome: "retry", reach: "bot", code, message, retryAfterMs: TOKEN_RETRY_MS };
  }
  switch (Number(error.code)) {
    case 10_007: // unknown member
    case 10_013: // unknown user
      return {
        outcome: "blocked",
        reach: "member",
        code: "not_in_server",
        message: "This account is not in the server: it has to join first.",
      };
    case 10_011:
      return obstacleFailure("role_gone");
    case 10_004: // unknown guild
    case 50_001: // missing access
      return obstacleFailure("bot_not_in_server");
    case 50_013:
      return obstacleFailure(obstacle ?? "missing_permission");
    default: {
      const outcome = error.status === 429 || error.status >= 500 ? "retry" : "blocked";
      return { outcome, reach: "member", code: `discord_${error.code}`, message: error.message };
    }
  }
}
