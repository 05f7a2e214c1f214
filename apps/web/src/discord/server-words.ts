/** What a customer reads of a server of their plan, and what they can do about it. */
import type { JoinCode } from "@heliograph/domain";
import type { Tone } from "@heliograph/ui";
import type { DiscordServer } from "../backend.ts";

export type ServerWords = {
  tone: Exclude<Tone, "solid">;
  word: string;
  text: string;
  /** What helps: agreeing at Discord, asking once more, or nothing of theirs. */
  cure: "agree" | "again" | null;
};

const WHY_NOT: Record<JoinCode, Pick<ServerWords, "text" | "cure">> = {
  no_consent: { text: "Allow us at Discord to add you, or join by yourself.", cure: "agree" },
  consent_withdrawn: { text: "You took our leave to add you back. Allow it again.", cure: "agree" },
  banned: { text: "You are banned there. Only the server's team can change that.", cure: "again" },
  too_many_servers: { text: "You are in as many servers as Discord allows.", cure: "again" },
  bot_not_configured: { text: "Nobody can be added here yet: join by yourself.", cure: null },
  bot_token_refused: { text: "Our bot cannot sign in to Discord. We try again.", cure: null },
  bot_missing_permission: { text: "Our bot may not add people there. We try again.", cure: null },
  unknown_server: { text: "Our bot is not in this server. We try again.", cure: null },
  rate_limited: { text: "Discord asks us to wait a moment.", cure: null },
  discord_unavailable: { text: "Discord does not answer. We try again.", cure: null },
  discord_refused: { text: "Discord refused to add you. Tell us.", cure: "again" },
};

/** The words for one server. */
export function serverWords({ state, code }: Pick<DiscordServer, "state" | "code">): ServerWords {
  switch (state) {
    case "member":
      return { tone: "good", word: "Joined", text: "", cure: null };
    case "adding":
      return { tone: "info", word: "Adding you", text: "", cure: null };
    case "screening":
      return {
        tone: "warn",
        word: "Almost",
        text: "Open the server in Discord and accept its rules.",
        cure: null,
      };
    case "left":
      return {
        tone: "warn",
        word: "You left",
        text: "Your plan goes on and is billed as before: leaving does not cancel it.",
        cure: "again",
      };
    case "absent":
      return {
        tone: "neutral",
        word: "Not joined",
        text: "Join it by its invitation.",
        cure: null,
      };
    case "notLinked":
      return { tone: "neutral", word: "Not joined", text: "Link Discord first.", cure: null };
    case "notIn":
      return { tone: "warn", word: "Not joined", ...whyNot(code) };
    default:
      return state satisfies never;
  }
}

function whyNot(code: JoinCode | null): Pick<ServerWords, "text" | "cure"> {
  return code === null ? { text: "", cure: null } : WHY_NOT[code];
}
