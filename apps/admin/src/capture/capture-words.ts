/** What is said of how a source is captured. */
import { durationText, type Tone } from "@heliograph/ui";
import type { CapturedSource } from "../backend.ts";

type Bot = NonNullable<CapturedSource["bot"]>;
type Gap = NonNullable<Bot["lastGap"]>;

const CAUSES: Record<Gap["cause"], string> = {
  start: "no bot ran",
  session: "Discord ended the session",
  added: "the source was new",
};

/** Whether the bot hears the source, in a word and its tone. */
export function stateWord(bot: CapturedSource["bot"]): { word: string; tone: Tone } {
  if (bot === null) return { word: "Not by a bot", tone: "neutral" };
  return bot.state === "listening"
    ? { word: "Listening", tone: "good" }
    : { word: "Failing", tone: "bad" };
}

/** How long a gap was, why, and what was read again. */
export function gapWords({ cause, fromMs, untilMs, recovered }: Gap): string {
  const found = recovered === 0 ? "nothing was missed" : `${recovered} read again`;
  return `${durationText(untilMs - fromMs)}, ${CAUSES[cause]}, ${found}`;
}

/** The ids in a text, however they are separated. */
export function readIds(text: string): string[] {
  return text.split(/[\s,;]+/).filter((id) => id !== "");
}
