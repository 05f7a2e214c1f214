/** Why a source cannot be read, in words the operator can act on. */
import { DiscordAPIError } from "discord.js";
import { classifyDiscordError } from "../mirror/discord-error.ts";

export interface CaptureFailure {
  /** Stable. */
  readonly code: string;
  readonly message: string;
}

const HISTORY = "give the bot View Channel and Read Message History there.";

const BY_CODE: Readonly<Record<number, CaptureFailure>> = {
  50001: { code: "missing_access", message: `The bot cannot see this channel: ${HISTORY}` },
  50013: {
    code: "missing_permission",
    message: `The bot may not read what was posted before: ${HISTORY}`,
  },
  10003: {
    code: "unknown_channel",
    message: "This channel does not exist, or the bot is not in its server.",
  },
  10004: { code: "unknown_guild", message: "The bot is not in this server: invite it." },
};

/** What Discord, or the backend, answered to a back-fill. */
export function captureFailure(error: unknown): CaptureFailure {
  const known = error instanceof DiscordAPIError ? BY_CODE[Number(error.code)] : undefined;
  const { code, message } = known ?? classifyDiscordError(error);
  return { code, message };
}
