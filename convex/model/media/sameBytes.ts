/** Bytes that are stored already, by their hash. */
import { FEEDS } from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";

/** Where bytes with that hash are stored, in whatever feed. */
export async function findFile(
  ctx: { db: DatabaseReader },
  hash: string,
): Promise<Id<"_storage"> | null> {
  const [medium] = await readSameBytes(ctx, hash);
  return medium?.storageId ?? null;
}

/** The media of those bytes, one in each feed at most. */
export async function readSameBytes(
  ctx: { db: DatabaseReader },
  hash: string,
): Promise<Doc<"media">[]> {
  return await ctx.db
    .query("media")
    .withIndex("by_hash_feed", (q) => q.eq("hash", hash))
    .take(FEEDS.length);
}
