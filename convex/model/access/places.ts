/**
 * Places in the shards of feed keys: who shares a key with whom. The only writer of `shardUses`.
 *
 * [SHA1] A shard has at most as many viewers as the setting allows; full shards are skipped.
 * [SHA2] Whoever leaves frees the place; the fullest shard with room is filled first.
 * [SHA3] The preview's shard is never given to a person.
 */
import { ConvexError } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseWriter } from "../../_generated/server.js";
import { findEnvironment } from "../environment.ts";
import { PREVIEW_SHARD } from "../feeds/shards.ts";

const VIEWERS_A_SHARD = 64; // each loss of access makes that many viewers fetch a new key

/** A place in the fullest shard that has one, else in a new shard. Two at once never share a place. */
export async function takePlace(ctx: { db: DatabaseWriter }): Promise<number> {
  const most = mostViewers();
  const roomy = await ctx.db
    .query("shardUses")
    .withIndex("by_viewers", (q) => q.lt("viewers", most))
    .order("desc")
    .first();
  if (roomy !== null) {
    await ctx.db.patch("shardUses", roomy._id, { viewers: roomy.viewers + 1 });
    return roomy.shard;
  }
  const newest = await ctx.db.query("shardUses").withIndex("by_shard").order("desc").first();
  const shard = (newest?.shard ?? PREVIEW_SHARD) + 1;
  await ctx.db.insert("shardUses", { shard, viewers: 1 });
  return shard;
}

/** Frees a place. */
export async function leavePlace(ctx: { db: DatabaseWriter }, shard: number): Promise<void> {
  const use: Doc<"shardUses"> | null = await ctx.db
    .query("shardUses")
    .withIndex("by_shard", (q) => q.eq("shard", shard))
    .unique();
  if (use === null) return;
  await ctx.db.patch("shardUses", use._id, { viewers: Math.max(0, use.viewers - 1) });
}

function mostViewers(): number {
  const text = findEnvironment("HELIOGRAPH_SHARD_VIEWERS");
  if (text === undefined) return VIEWERS_A_SHARD;
  const most = Number(text);
  if (Number.isSafeInteger(most) && most > 0) return most;
  const message = `HELIOGRAPH_SHARD_VIEWERS is "${text}"; give a whole number above 0.`;
  throw new ConvexError({ code: "not_configured", message });
}
