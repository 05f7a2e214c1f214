/** A feed as a person reads it. */
import type { Feed } from "@heliograph/domain";

const WORDS: Record<Feed, string> = { basic: "Basic", advanced: "Advanced", pro: "Pro" };

export function tierWord(feed: Feed): string {
  return WORDS[feed];
}
