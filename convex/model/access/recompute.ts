/**
 * What a person may see, decided anew. The only writer of `access` and `accessTimeline`.
 *
 * Whoever changes the purchases, the grants or the identity of a person calls `recomputeAccess` in the
 * same transaction. Access, keys, timeline, Discord and the function at the next change then follow together:
 *
 *   none -> tier      a place in a shard, keys of its feeds
 *   tier -> lower     the keys of the feeds that were lost are dead in this transaction
 *   tier -> none      the same for all of them; the place is free again
 *
 * [DEC1] The row says at every time what the domain decides from purchases and grants.
 * [DEC2] Lost feeds get new keys in the transaction of the loss; others in the shard only see theirs renewed.
 * [DEC3] The timeline has one entry for each change and none for a repetition.
 * [DEC4] What changes at T is decided anew by a function scheduled at T; a sweep catches what was missed.
 */
import {
  type AccessDecision,
  compareTiers,
  decideAccess,
  type EntitlementCause,
  feedsFor,
  nextChangeAtMs,
  type Tier,
} from "@heliograph/domain";
import type { Infer } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { settleDiscordOf } from "../discord/settle.ts";
import { ensureShards, findShards, rotateShards } from "../feeds/shards.ts";
import { findCheck, planCheck } from "./checks.ts";
import { readEntitlements } from "./holdings.ts";
import { findUse, leavePlace, takePlace } from "./places.ts";
import { findAccess } from "./row.ts";
import type { TimelineCause, vEntitlementCause } from "./validators.ts";

const MOST_AT_ONCE = 64; // as many as share a shard, unless the setting allows more

/** Brings a person's access up to now. Safe to repeat. */
export async function recomputeAccess(
  ctx: MutationCtx,
  userId: Id<"users">,
  cause: TimelineCause,
): Promise<void> {
  const nowMs = Date.now();
  const [entitlements, row, check] = await Promise.all([
    readEntitlements(ctx, userId),
    findAccess(ctx, userId),
    findCheck(ctx, userId),
  ]);
  const decision = decideAccess(entitlements, nowMs);
  await planCheck(ctx, check, { userId, changesAtMs: nextChangeAtMs(entitlements, nowMs), nowMs });
  if (isSame(row, decision)) return;
  if (row !== null) await endFeeds(ctx, row, decision);
  if (decision !== null) await writeRow(ctx, userId, row, decision);
  await ctx.db.insert("accessTimeline", {
    userId,
    atMs: nowMs,
    tier: decision?.tier ?? null,
    untilMs: decision?.untilMs ?? null,
    cause,
    because: (decision?.because ?? []).flatMap((found) => storedCause(ctx, found)),
  });
  await settleDiscordOf(ctx, userId);
}

/** What the person may see at that time, exactly, even if the function that ends it has not run yet. */
export async function decideFresh(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
  nowMs: number,
): Promise<{ tier: Tier; untilMs: number | null } | null> {
  const row = await findAccess(ctx, userId);
  if (row === null) return null;
  if (row.untilMs === null || nowMs < row.untilMs) return row;
  return decideAccess(await readEntitlements(ctx, userId), nowMs);
}

/** Whose access in a shard is over without having been ended yet. */
export async function readOverdueOfShard(
  ctx: { db: DatabaseReader },
  shard: number,
  nowMs: number,
): Promise<Id<"users">[]> {
  const rows = await ctx.db
    .query("access")
    .withIndex("by_shard_untilMs", (q) =>
      q.eq("shard", shard).gt("untilMs", null).lte("untilMs", nowMs),
    )
    .take(MOST_AT_ONCE);
  return rows.map(({ userId }) => userId);
}

/** Whether the person may read what is for that tier, at that time. For whatever may read a clock. */
export async function mayRead(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
  tier: Tier,
  nowMs: number,
): Promise<boolean> {
  const decision = await decideFresh(ctx, userId, nowMs);
  return decision !== null && compareTiers(decision.tier, tier) >= 0;
}

/** An entitlement's cause with the ids it had; none if the row is of another table. */
export function storedCause(
  ctx: { db: DatabaseReader },
  { kind, id }: EntitlementCause,
): Infer<typeof vEntitlementCause>[] {
  if (kind === "purchase") {
    const purchaseId = ctx.db.normalizeId("purchases", id);
    return purchaseId === null ? [] : [{ kind, id: purchaseId }];
  }
  const grantId = ctx.db.normalizeId("grants", id);
  return grantId === null ? [] : [{ kind, id: grantId }];
}

function isSame(row: Doc<"access"> | null, decision: AccessDecision | null): boolean {
  return row?.tier === decision?.tier && row?.untilMs === decision?.untilMs;
}

/** The keys of the feeds that are lost are dead from now on; with the last of them the place is free. */
async function endFeeds(
  ctx: MutationCtx,
  row: Doc<"access">,
  decision: AccessDecision | null,
): Promise<void> {
  const kept = decision === null ? [] : feedsFor(decision.tier);
  const lost = feedsFor(row.tier).filter((feed) => !kept.includes(feed));
  const [shards, use] = await Promise.all([
    findShards(ctx, lost, row.shard),
    decision === null ? findUse(ctx, row.shard) : null,
  ]);
  await rotateShards(ctx, shards);
  if (decision !== null) return;
  await ctx.db.delete("access", row._id);
  if (use !== null) await leavePlace(ctx, use);
}

async function writeRow(
  ctx: MutationCtx,
  userId: Id<"users">,
  row: Doc<"access"> | null,
  { tier, untilMs }: AccessDecision,
): Promise<void> {
  const shard = row?.shard ?? (await takePlace(ctx, userId));
  const had = row === null ? [] : feedsFor(row.tier); // their shards were made when they were given
  const gained = feedsFor(tier).filter((feed) => !had.includes(feed));
  await ensureShards(ctx, gained, shard);
  if (row === null) await ctx.db.insert("access", { userId, tier, untilMs, shard });
  else await ctx.db.patch("access", row._id, { tier, untilMs });
}
