/** Why the feed is locked, in words. */
import { exactTime } from "@heliograph/ui";

/** From the newest entry of one's own timeline; without one, nothing was ever open. */
export function lockedText(
  newest: { readonly tier: string | null; readonly atMs: number } | undefined,
  timeZone?: string,
): { title: string; text: string } {
  const text = "Choose a plan, and the feed opens here by itself.";
  if (newest === undefined || newest.tier !== null) {
    return { title: "You have no plan yet", text };
  }
  return { title: `Your access ended at ${exactTime(newest.atMs, timeZone)}`, text };
}
