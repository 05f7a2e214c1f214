/**
 * What a failed Discord call means for a mirror: try again, or give up with a
 * reason the operator can act on. Codes: Discord's JSON error codes.
 */
import { DiscordAPIError, HTTPError, RateLimitError } from "discord.js";

export interface DiscordFailure {
  readonly outcome: "retry" | "failed";
  /** Stable code shown to the operator. */
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

export const UNKNOWN_MESSAGE = 10_008;

// A person has to change something in Discord first; retried rarely, so that it heals by itself once cured.
const CURABLE: Readonly<Record<number, { code: string; message: string }>> = {
  50001: {
    code: "missing_access",
    message: "The bot cannot see this channel: give it View Channel.",
  },
  50013: {
    code: "missing_permission",
    message: "The bot may not post here: give it Send Messages and Embed Links.",
  },
};
const CURABLE_RETRY_MS = 5 * 60_000; // 12 refused calls an hour per target stay far from Discord's ban at 10,000

const TERMINAL: Readonly<Record<number, { code: string; message: string }>> = {
  10003: {
    code: "unknown_channel",
    message: "The target channel does not exist any more: remove the route.",
  },
  10004: {
    code: "unknown_guild",
    message: "The target server does not exist any more: remove the route.",
  },
  50035: { code: "invalid_message", message: "Discord refused the form of this message." },
};

/** True when Discord says the message is not there (any more). */
export function isUnknownMessage(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.code === UNKNOWN_MESSAGE;
}

export function classifyDiscordError(error: unknown): DiscordFailure {
  if (error instanceof RateLimitError) {
    return {
      outcome: "retry",
      code: "rate_limited",
      message: "Discord's rate limit",
      retryAfterMs: error.retryAfter,
    };
  }
  if (error instanceof DiscordAPIError) return fromApiError(error);
  if (error instanceof HTTPError) {
    return {
      outcome: "retry",
      code: "discord_unavailable",
      message: `Discord answered ${error.status}`,
    };
  }
  const text = error instanceof Error ? error.message : String(error);
  return {
    outcome: "retry",
    code: "discord_unreachable",
    message: `Discord could not be reached: ${text}`,
  };
}

function fromApiError(error: DiscordAPIError): DiscordFailure {
  const number = Number(error.code);
  const curable = CURABLE[number];
  if (curable !== undefined)
    return { outcome: "retry", ...curable, retryAfterMs: CURABLE_RETRY_MS };
  const terminal = TERMINAL[number];
  if (terminal !== undefined) {
    return {
      outcome: "failed",
      code: terminal.code,
      message: `${terminal.message} (${error.message})`,
    };
  }
  if (error.status === 401) {
    return {
      outcome: "retry",
      code: "bad_token",
      message: "Discord refuses the bot token: set DISCORD_TOKEN anew.",
      retryAfterMs: CURABLE_RETRY_MS,
    };
  }
  const outcome = error.status >= 500 || error.status === 429 ? "retry" : "failed";
  return { outcome, code: `discord_${error.code}`, message: error.message };
}
