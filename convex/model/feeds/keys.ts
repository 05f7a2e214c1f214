/**
 * Feed keys: which are valid now, and when that changes.
 *
 * A shard's row names the epoch whose keys are valid, and for a while after a
 * turnover the one before. A query never compares times: a function scheduled
 * at the end of the grace takes the previous epoch out of the row.
 *
 *   turn by time      epoch n -> n+1, n stays valid for the grace
 *   rotate by hand    epoch n -> n+1, n is dead in the same transaction
 */
import { type Feed, type FeedKeyClaims, formatFeedKey, verifyFeedKey } from "@heliograph/domain";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { getEnvironment } from "../environment.ts";

/** What a valid key opens, and the epoch it is of. */
export type FeedAccess = FeedKeyClaims;

/** What the key opens, or null if it is forged, malformed or stale. Never reads identity or a clock. */
export async function readFeedKey(
  ctx: { db: DatabaseReader },
  feedKey: string,
): Promise<FeedAccess | null> {
  const claims = verifyFeedKey(feedKey, getEnvironment("HELIOGRAPH_FEED_KEY_SECRET"));
  if (claims === null || !(await isCurrent(ctx, claims))) return null;
  return claims;
}

/** Whether keys of that epoch are valid: it is the shard's, or the one before in its grace. */
export async function isCurrent(
  ctx: { db: DatabaseReader },
  { feed, shard, epoch }: FeedKeyClaims,
): Promise<boolean> {
  const row = await findShard(ctx, feed, shard);
  return row !== null && (epoch === row.epoch || epoch === row.previousEpoch);
}

/** The key that is current for the shard. */
export function currentKey(row: Pick<Doc<"feedShards">, "feed" | "shard" | "epoch">): string {
  return formatFeedKey(
    { feed: row.feed, shard: row.shard, epoch: row.epoch },
    getEnvironment("HELIOGRAPH_FEED_KEY_SECRET"),
  );
}

/** The shard's row, or null if nobody was ever given a key for it. */
export async function findShard(
  ctx: { db: DatabaseReader },
  feed: Feed,
  shard: number,
): Promise<Doc<"feedShards"> | null> {
  return await ctx.db
    .query("feedShards")
    .withIndex("by_feed_shard", (q) => q.eq("feed", feed).eq("shard", shard))
    .unique();
}
