/**
 * When a person's access is decided anew. The only writer of `accessChecks`.
 *
 * A change at T has a function scheduled exactly at T. One that is years away gets a function at an
 * earlier time, which looks again: Convex schedules nothing beyond five years.
 */
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

const FARTHEST_MS = 4 * 365 * 24 * 60 * 60_000;

/** When the person's access is decided anew, or null. */
export async function findCheck(
  ctx: Pick<MutationCtx, "db">,
  userId: Id<"users">,
): Promise<Doc<"accessChecks"> | null> {
  return await ctx.db
    .query("accessChecks")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .unique();
}

/** Makes sure that a function runs when the decision changes; null: no change is known. `known`: what is planned. */
export async function planCheck(
  ctx: MutationCtx,
  known: Doc<"accessChecks"> | null,
  {
    userId,
    changesAtMs,
    nowMs,
  }: { userId: Id<"users">; changesAtMs: number | null; nowMs: number },
): Promise<void> {
  if (changesAtMs === null) {
    if (known !== null) await ctx.db.delete("accessChecks", known._id);
    return;
  }
  // Repeats plan nothing new. A function that was planned for another time finds nothing to do.
  if (known?.changesAtMs === changesAtMs && known.checkAtMs > nowMs) return;
  const checkAtMs = Math.min(changesAtMs, nowMs + FARTHEST_MS);
  if (known === null) await ctx.db.insert("accessChecks", { userId, changesAtMs, checkAtMs });
  else await ctx.db.patch("accessChecks", known._id, { changesAtMs, checkAtMs });
  await ctx.scheduler.runAt(checkAtMs, internal.access.expire, { userId, atMs: checkAtMs });
}

/** Whose access should have been decided anew by now, longest overdue first. */
export async function readOverdue(
  ctx: Pick<MutationCtx, "db">,
  nowMs: number,
  most: number,
): Promise<Id<"users">[]> {
  const rows = await ctx.db
    .query("accessChecks")
    .withIndex("by_checkAtMs", (q) => q.lte("checkAtMs", nowMs))
    .take(most);
  return rows.map(({ userId }) => userId);
}
