/** Puts the window's proof of completeness into words. */
import type { FeedProof, FeedWindowView } from "@heliograph/domain";
import type { ConnectionPhase } from "@heliograph/live-client";
import type { KeysFrom } from "../access/use-access.ts";

export type Standing = {
  tone: "good" | "neutral" | "warn" | "bad";
  text: string;
};

/** What the strip over the list says. One line, whatever the state. */
export function standing(
  view: Pick<FeedWindowView<unknown>, "feeds" | "isComplete">,
  phase: ConnectionPhase,
  keysFrom: KeysFrom,
): Standing {
  const through = throughText(view.feeds);
  const missing = view.feeds.reduce((sum, feed) => sum + feed.missingSeqs.length, 0);
  if (view.feeds.some(({ status }) => status === "rotated")) return rotated(view.feeds, keysFrom);
  if (phase === "offline" || phase === "reconnecting") {
    return {
      tone: "warn",
      text: through === "" ? "Not connected" : `Not connected. Complete through ${through}`,
    };
  }
  if (view.feeds.some(({ status, hasFailed }) => status === "failed" || hasFailed)) {
    return { tone: "bad", text: "Part of the feed could not be read" };
  }
  if (missing > 0) {
    return {
      tone: "neutral",
      text: `Fetching ${missing} missed ${missing === 1 ? "signal" : "signals"}`,
    };
  }
  if (!view.isComplete || phase === "connecting")
    return { tone: "neutral", text: "Opening the feed" };
  return {
    tone: "good",
    text: through === "" ? "Complete: no signals yet" : `Complete through ${through}`,
  };
}

function throughText(feeds: readonly FeedProof[]): string {
  return feeds
    .flatMap(({ feed, toSeq }) => (toSeq === null ? [] : [`${capital(feed)} #${toSeq}`]))
    .join(", ");
}

function rotated(feeds: readonly FeedProof[], keysFrom: KeysFrom): Standing {
  // The next key of an account comes by itself, within moments.
  if (keysFrom === "account") return { tone: "neutral", text: "Renewing your feed key" };
  const through = throughText(feeds);
  const upTo = through === "" ? "" : ` What is shown is complete through ${through}.`;
  return { tone: "warn", text: `This link was renewed: open your newest feed link.${upTo}` };
}

/** "basic" as a person reads it. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
