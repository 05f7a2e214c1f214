/**
 * Places in the shards of feed keys: who shares a key with whom. The only writer of `shardUses`.
 *
 *   person --hash--> one of LANES lanes --> the lane's fullest shard with room, else a new shard of the lane
 *
 * Lanes keep first grants apart: people of different lanes neither read nor write the same row, so a crowd that
 * buys at once waits in two lines instead of one. The price is at most LANES shards that are not full yet.
 *
 * [SHA1] A shard has at most as many viewers as the setting allows; full shards are skipped.
 * [SHA2] Whoever leaves frees the place; a lane's fullest shard with room is filled first.
 * [SHA3] The preview's shard is never given to a person.
 * [SHA5] Newcomers are spread over a few shards.
 */
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseWriter } from "../../_generated/server.js";
import { findEnvironment } from "../environment.ts";
import { PREVIEW_SHARD } from "../feeds/shards.ts";
import { hashText } from "../people/hashes.ts";

const VIEWERS_A_SHARD = 64; // each loss of access makes that many viewers fetch a new key
export const LANES = 2; // every shard is an execution more for each signal, so few: first grants are rare, signals are not

/** A place for this person. Two at once never share a place. */
export async function takePlace(ctx: { db: DatabaseWriter }, userId: Id<"users">): Promise<number> {
  const lane = Number.parseInt(hashText(userId).slice(0, 8), 16) % LANES;
  const roomy = (await findRoomy(ctx, lane)) ?? (await findRoomy(ctx, undefined));
  if (roomy !== null) {
    await ctx.db.patch("shardUses", roomy._id, { lane, viewers: roomy.viewers + 1 });
    return roomy.shard;
  }
  const newest = await ctx.db.query("shardUses").withIndex("by_shard").order("desc").first();
  const shard = (newest?.shard ?? PREVIEW_SHARD) + 1;
  await ctx.db.insert("shardUses", { shard, lane, viewers: 1 });
  return shard;
}

/** The fullest shard of the lane that has room. Without a lane: one from before there were lanes. */
async function findRoomy(
  ctx: { db: DatabaseWriter },
  lane: number | undefined,
): Promise<Doc<"shardUses"> | null> {
  return await ctx.db
    .query("shardUses")
    .withIndex("by_lane_viewers", (q) => q.eq("lane", lane).lt("viewers", mostViewers()))
    .order("desc")
    .first();
}

/** How a shard is used, or null. */
export async function findUse(
  ctx: { db: DatabaseWriter },
  shard: number,
): Promise<Doc<"shardUses"> | null> {
  return await ctx.db
    .query("shardUses")
    .withIndex("by_shard", (q) => q.eq("shard", shard))
    .unique();
}

/** Frees a place. */
export async function leavePlace(
  ctx: { db: DatabaseWriter },
  use: Doc<"shardUses">,
): Promise<void> {
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
