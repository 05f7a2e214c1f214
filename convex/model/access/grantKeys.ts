/**
 * The keys that a person's access hands out.
 *
 * Reads the access row and the rows of its shard, nothing else and no clock: it changes only when this
 * person's access changes, or when the keys of their shard turn over.
 */
import { feedsFor } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import type { Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { currentKey, findShard } from "../feeds/keys.ts";
import { vFeed } from "../signals/validators.ts";
import { findAccess } from "./row.ts";

export const vGrantedKeys = v.object({
  tier: vFeed,
  untilMs: v.union(v.number(), v.null()), // when the decision changes; null: no change is known
  keys: v.array(v.object({ feed: vFeed, feedKey: v.string() })), // lowest feed first
});

/** What the person may see now with a key for each of its feeds, or null for nothing. */
export async function readGrantedKeys(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<Infer<typeof vGrantedKeys> | null> {
  const row = await findAccess(ctx, userId);
  if (row === null) return null;
  const keys: Infer<typeof vGrantedKeys>["keys"] = [];
  for (const feed of feedsFor(row.tier)) {
    const shard = await findShard(ctx, feed, row.shard);
    if (shard !== null) keys.push({ feed, feedKey: currentKey(shard) });
  }
  return { tier: row.tier, untilMs: row.untilMs, keys };
}
