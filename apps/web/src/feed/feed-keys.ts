/** The feed keys a link carries. */
import { FEEDS, type Feed, parseFeedKey } from "@heliograph/domain";

/**
 * The keys by feed, from `k1,k2,k3`. What is not a key is left out; of two keys for one feed the
 * one of the later epoch counts.
 */
export function readFeedKeys(text: string | null): ReadonlyMap<Feed, string> {
  const newest = new Map<Feed, { feedKey: string; epoch: number }>();
  for (const feedKey of (text ?? "").split(",").map((part) => part.trim())) {
    const claims = parseFeedKey(feedKey);
    if (claims === null) continue;
    const known = newest.get(claims.feed);
    if (known === undefined || claims.epoch > known.epoch) {
      newest.set(claims.feed, { feedKey, epoch: claims.epoch });
    }
  }
  return new Map(
    FEEDS.flatMap((feed) => {
      const found = newest.get(feed);
      return found === undefined ? [] : [[feed, found.feedKey] as const];
    }),
  );
}
