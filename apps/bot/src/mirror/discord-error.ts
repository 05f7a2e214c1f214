/**
 * What a failed Discord call means for a mirror: try again, or give up with a
 * reason the operator can act on. Codes: Discord's JSON error codes.
 */
import { DiscordAPIError, HTTPError, RateLimitError } from "discord.js";

export interface DiscordFailure {
  readonly outcome: "retry" | "failed";
  /** What is concerned: this message only, every message to its channel, or the whole bot. */
  readonly reach: "message" | "channel" | "bot";
  /** Stable code shown to the operator. */
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

interface Reason {
  readonly code: string;
  readonly message: string;
}

const UNKNOWN_MESSAGE = 10_008;
const UNKNOWN_CHANNEL = 10_003;

/** A person has to change something in Discord first; tried again by itself until they have. */
const CURABLE: Readonly<Record<number, Reason>> = {
  50001: {
    code: "missing_access",
    message: "The bot cannot see this channel: give it View Channel.",
  },
  50013: {
    code: "missing_permission",
    message:
      "The bot may not do this here: give it Send Messages and Embed Links, for a webhook Manage Webhooks, in threads Send Messages in Threads.",
  },
  30007: {
    code: "too_many_webhooks",
    message: "This channel has 15 webhooks, all there can be: remove one under Integrations.",
  },
  30058: {
    code: "too_many_webhooks",
    message: "This server has 1,000 webhooks, all there can be: remove one under Integrations.",
  },
};
const CURABLE_RETRY_MS = 60_000; // one refused call a minute per channel: Discord bans at 10,000 in ten

const TERMINAL: Readonly<Record<number, Reason>> = {
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

/** True when Discord says the channel or thread is not there (any more). */
export function isUnknownChannel(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.code === UNKNOWN_CHANNEL;
}

/** True when Discord does not accept the bot's token: discord.js then forgets it, and nothing works any more. */
export function isTokenRefused(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.status === 401 && isOfBot(error);
}

/** A webhook's own refusals say nothing of the bot. */
function isOfBot(error: DiscordAPIError): boolean {
  return !/\/webhooks\/\d+\/./.test(error.url);
}

export function classifyDiscordError(error: unknown): DiscordFailure {
  if (error instanceof RateLimitError) {
    return {
      outcome: "retry",
      reach: "message",
      code: "rate_limited",
      message: "Discord's rate limit for this channel is used up.",
      retryAfterMs: error.retryAfter,
    };
  }
  if (error instanceof DiscordAPIError) return fromApiError(error);
  if (error instanceof HTTPError) {
    const message = `Discord answered ${error.status}`;
    return { outcome: "retry", reach: "message", code: "discord_unavailable", message };
  }
  const text = error instanceof Error ? error.message : String(error);
  const message = `Discord could not be reached: ${text}`;
  return { outcome: "retry", reach: "message", code: "discord_unreachable", message };
}

function fromApiError(error: DiscordAPIError): DiscordFailure {
  const number = Number(error.code);
  const told = { code: `discord_${error.code}`, message: error.message };
  if (error.status === 401 && !isOfBot(error)) {
    return { outcome: "retry", reach: "message", ...told };
  }
  if (isTokenRefused(error)) {
    const message = "Discord refuses the bot token: set DISCORD_TOKEN anew.";
    return curable("bot", { code: "bad_token", message });
  }
  if (CURABLE[number] !== undefined || error.status === 403) {
    return curable("channel", CURABLE[number] ?? told);
  }
  const terminal = TERMINAL[number];
  if (terminal !== undefined) {
    const message = `${terminal.message} (${error.message})`;
    return { outcome: "failed", reach: "message", code: terminal.code, message };
  }
  return { outcome: error.status === 429 ? "retry" : "failed", reach: "message", ...told };
}

function curable(reach: "channel" | "bot", reason: Reason): DiscordFailure {
  return { outcome: "retry", reach, ...reason, retryAfterMs: CURABLE_RETRY_MS };
}
