/**
 * The three access tiers and the three feeds they open. A feed is named after
 * the lowest tier that may read it, so one list serves both.
 */

/** Every feed, lowest tier first. There are exactly three, for good. */
export const FEEDS = ["basic", "advanced", "pro"] as const;

/** A feed: everything posted for this tier and above. */
export type Feed = (typeof FEEDS)[number];

/** What a customer bought. Opens the feed of the same name and those below it. */
export type Tier = Feed;

/** Narrows a value from outside to a feed or tier name. */
export function isFeed(value: unknown): value is Feed {
  return FEEDS.some((feed) => feed === value);
}

/** Below zero if `a` opens less than `b`, zero if the same, above zero if more. */
export function compareTiers(a: Tier, b: Tier): number {
  return FEEDS.indexOf(a) - FEEDS.indexOf(b);
}

/** The feeds a tier may read, lowest first. */
export function feedsFor(tier: Tier): readonly Feed[] {
  return FEEDS.slice(0, FEEDS.indexOf(tier) + 1);
}
