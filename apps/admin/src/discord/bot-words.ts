/** The words for bots and what they see. */
import type { Tone } from "@heliograph/ui";
import type { BotProcess } from "../backend.ts";

/** Why a bot is not online, for a person. */
const REASONS: Readonly<Record<string, string>> = {
  stopped: "It was stopped.",
  silent: "It has not been heard of: its process or its line is gone.",
  bad_token: "Discord refuses its token: set DISCORD_TOKEN anew.",
  disallowed_intents:
    "Discord refuses its intents: switch on Message Content Intent and Server Members Intent, under Bot in Discord's developer portal.",
  sharding_required: "It is in too many servers for one connection: set DISCORD_SHARDS to auto.",
  bad_connection: "Discord refuses this kind of connection: this version of the bot is outdated.",
};

/** How a bot stands, and how much that matters. */
export function stateOf(bot: Pick<BotProcess, "state" | "gatewayShards">): {
  text: string;
  tone: Tone;
} {
  if (bot.state === "refused") return { text: "Refused by Discord", tone: "bad" };
  if (bot.state === "offline") return { text: "Offline", tone: "warn" };
  const away = bot.gatewayShards.filter(({ state }) => state === "away").length;
  if (away > 0) return { text: "Reconnecting", tone: "warn" };
  return { text: "Online", tone: "good" };
}

export function reasonOf({ code }: Pick<BotProcess, "code">): string | null {
  return code === null ? null : (REASONS[code] ?? code);
}

/** Which gateway shards a bot has, of how many: "0, 1 of 4". */
export function shardsText({
  gatewayShards,
  shardCount,
}: Pick<BotProcess, "gatewayShards" | "shardCount">): string {
  if (gatewayShards.length === 0) return "None";
  return `${gatewayShards.map(({ shardId }) => shardId).join(", ")} of ${shardCount}`;
}

const KINDS: Readonly<Record<number, string>> = {
  0: "Text",
  2: "Voice",
  4: "Category",
  5: "Announcements",
  13: "Stage",
  14: "Directory",
  15: "Forum",
  16: "Media",
};

/** The kind of a channel, as Discord calls it. */
export function kindText(type: number): string {
  return KINDS[type] ?? `Kind ${type}`;
}
