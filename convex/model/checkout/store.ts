/**
 * Checkouts. The only writer of `checkouts`.
 *
 *   open --a purchase came of it--> completed
 *     |---its time is over--------> expired
 *     `---another took its place--> abandoned
 *
 * [CHK1] A person has at most one open checkout of a plan.
 * [CHK2] Starting again while one is open and for the same gives that one.
 */
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import type { Held } from "./held.ts";

const MOST_OPEN = 10;
const SWEEP = 100;
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** The open checkouts of a person and a plan; the rule is one. */
export async function openCheckouts(
  ctx: QueryCtx,
  { userId, planId }: { userId: Id<"users">; planId: Id<"plans"> },
): Promise<Doc<"checkouts">[]> {
  return await ctx.db
    .query("checkouts")
    .withIndex("by_userId_planId_state", (q) =>
      q.eq("userId", userId).eq("planId", planId).eq("state", "open"),
    )
    .take(MOST_OPEN);
}

/** The person's checkout of that id, or their newest; null for what is not theirs. */
export async function findOwnCheckout(
  ctx: QueryCtx,
  userId: Id<"users">,
  id: string | null,
): Promise<Doc<"checkouts"> | null> {
  if (id === null) {
    return await ctx.db
      .query("checkouts")
      .withIndex("by_userId_startedAtMs", (q) => q.eq("userId", userId))
      .order("desc")
      .first();
  }
  const checkoutId = ctx.db.normalizeId("checkouts", id);
  const checkout = checkoutId === null ? null : await ctx.db.get("checkouts", checkoutId);
  return checkout?.userId === userId ? checkout : null;
}

/** The purchase that came of a checkout: of its person, plan and provider, and made after it began. */
export async function findOutcomeOf(
  ctx: QueryCtx,
  checkout: Doc<"checkouts">,
  held: readonly Held[],
): Promise<Held | null> {
  const candidates = held.filter(
    ({ planId, provider }) => planId === checkout.planId && provider === checkout.provider,
  );
  for (const candidate of candidates) {
    const purchase = await ctx.db.get("purchases", candidate.purchaseId);
    if (purchase !== null && purchase._creationTime >= checkout._creationTime) return candidate;
  }
  return null;
}

/** Ends an open checkout. Safe to repeat. */
export async function endCheckout(
  ctx: MutationCtx,
  checkoutId: Id<"checkouts">,
  state: "completed" | "expired" | "abandoned",
  nowMs: number,
): Promise<void> {
  const checkout = await ctx.db.get("checkouts", checkoutId);
  if (checkout?.state !== "open") return;
  await ctx.db.patch("checkouts", checkoutId, { state, endedAtMs: nowMs });
}

/** Says where an open checkout is paid, and when that ends. */
export async function openAt(
  ctx: MutationCtx,
  checkoutId: Id<"checkouts">,
  where: { sessionRef: string | null; url: string; expiresAtMs: number },
): Promise<void> {
  const checkout = await ctx.db.get("checkouts", checkoutId);
  if (checkout?.state !== "open") return;
  await ctx.db.patch("checkouts", checkoutId, { ...where, problem: null });
  await ctx.scheduler.runAt(where.expiresAtMs, internal.checkouts.expire, { checkoutId });
}

/** Ends a checkout whose time is over. Safe to repeat, and before its time. */
export async function expireCheckout(
  ctx: MutationCtx,
  checkoutId: Id<"checkouts">,
  nowMs: number,
): Promise<void> {
  const checkout = await ctx.db.get("checkouts", checkoutId);
  if (checkout === null || checkout.expiresAtMs > nowMs) return;
  await endCheckout(ctx, checkoutId, "expired", nowMs);
}

/** Catches expiries that were missed, and forgets what ended long ago. */
export async function sweepCheckouts(ctx: MutationCtx, nowMs: number): Promise<void> {
  const overdue = await ctx.db
    .query("checkouts")
    .withIndex("by_state_expiresAtMs", (q) => q.eq("state", "open").lte("expiresAtMs", nowMs))
    .take(SWEEP);
  for (const { _id } of overdue) await endCheckout(ctx, _id, "expired", nowMs);
  const old = await ctx.db
    .query("checkouts")
    .withIndex("by_endedAtMs", (q) => q.gt("endedAtMs", 0).lt("endedAtMs", nowMs - KEPT_MS))
    .take(SWEEP);
  for (const { _id } of old) await ctx.db.delete("checkouts", _id);
}
