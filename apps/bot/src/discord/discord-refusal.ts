/** What Discord refuses for good: waiting cures none of it, a person has to act. */
import { GatewayCloseCodes } from "discord.js";

export class DiscordRefusal extends Error {
  override readonly name = "DiscordRefusal";
  /** Stable, for logs. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const REFUSALS = {
  bad_token: "Discord refuses the bot token: set DISCORD_TOKEN anew.",
  disallowed_intents:
    "Discord refuses the intents: switch on Message Content Intent and Server Members Intent for the application, under Bot in Discord's developer portal.",
  sharding_required:
    "The bot is in too many servers for so few gateway shards: set DISCORD_SHARDS to auto, or name more.",
  bad_connection: "Discord refuses this kind of connection: this version of the bot is outdated.",
} as const;

type RefusalCode = keyof typeof REFUSALS;

const BY_CLOSE_CODE: Readonly<Record<number, RefusalCode>> = {
  [GatewayCloseCodes.AuthenticationFailed]: "bad_token",
  [GatewayCloseCodes.DisallowedIntents]: "disallowed_intents",
  [GatewayCloseCodes.ShardingRequired]: "sharding_required",
  [GatewayCloseCodes.InvalidShard]: "bad_connection",
  [GatewayCloseCodes.InvalidAPIVersion]: "bad_connection",
  [GatewayCloseCodes.InvalidIntents]: "bad_connection",
};

/** What discord.js throws at login for the close codes above; it keeps no code. */
const BY_MESSAGE: Readonly<Record<string, RefusalCode>> = {
  "Authentication failed": "bad_token",
  "Used disallowed intents": "disallowed_intents",
  "Sharding is required": "sharding_required",
  "Invalid shard": "bad_connection",
  "Used an invalid API version": "bad_connection",
  "Used invalid intents": "bad_connection",
};

export function refusal(code: RefusalCode): DiscordRefusal {
  return new DiscordRefusal(code, REFUSALS[code]);
}

/** The refusal that a gateway close code stands for; undefined when discord.js reconnects by itself. */
export function refusalOfClose(closeCode: number): DiscordRefusal | undefined {
  const code = BY_CLOSE_CODE[closeCode];
  return code && refusal(code);
}

/** The refusal that a failed login stands for; undefined when trying again may help. */
export function refusalOfLogin(error: unknown): DiscordRefusal | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && error.code === "TokenInvalid") return refusal("bad_token");
  const code = BY_MESSAGE[error.message];
  return code && refusal(code);
}
