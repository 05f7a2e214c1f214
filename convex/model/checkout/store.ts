/**
 * Checkouts. The only writer of `checkouts`.
 *
 *   open --a purchase came of it--> completed
 *     |---its time is over--------> expired
 *     `---another took its place--> abandoned
 *
 * [CHK1] A person has at most one open checkout of a plan.
 * [CHK2] Starting again while one is open and for the same gives that one.
 * [CHK13] A Stripe session whose checkout is over without being paid is expired at Stripe, however it ended.
 */
import type { Infer } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { wantStop } from "../stops/store.ts";
import type { vStopReason } from "../stops/validators.ts";
import type { Held } from "./held.ts";

const LEAVING = { state: "abandoned", reason: "account_deleted" } as const;
const MOST_OPEN = 200; // 20 an hour can be begun, and a page is open for a day
const SWEEP = 100;
const MOST_FORGOTTEN = 2_000; // of one person; those of the last 30 days are there
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** The open checkouts of a person; the rule is one of a plan. */
export async function openCheckouts(
  ctx: QueryCtx,
  userId: Id<"users">,
): Promise<Doc<"checkouts">[]> {
  return await ctx.db
    .query("checkouts")
    .withIndex("by_userId_state", (q) => q.eq("userId", userId).eq("state", "open"))
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

/** Ends an open checkout, and at Stripe the session at which it could still be paid. Safe to repeat. */
export async function withdrawCheckout(
  ctx: MutationCtx,
  checkout: Doc<"checkouts">,
  { state, reason }: { state: "expired" | "abandoned"; reason: Infer<typeof vStopReason> },
): Promise<void> {
  const { _id, provider, userId, sessionRef } = checkout;
  await endCheckout(ctx, _id, state, Date.now());
  if (provider !== "stripe" || sessionRef === null) return;
  await wantStop(ctx, { provider, what: "checkout", ref: sessionRef, userId, reason });
}

/**
 * Says where an open checkout is paid, and when that ends. False: it is over meanwhile, and the page that was
 * made for it is ended, too.
 */
export async function openAt(
  ctx: MutationCtx,
  checkoutId: Id<"checkouts">,
  where: { sessionRef: string | null; url: string; expiresAtMs: number },
): Promise<boolean> {
  const checkout = await ctx.db.get("checkouts", checkoutId);
  if (checkout?.state === "open") {
    await ctx.db.patch("checkouts", checkoutId, { ...where, problem: null });
    await ctx.scheduler.runAt(where.expiresAtMs, internal.checkouts.expire, { checkoutId });
    return true;
  }
  const { sessionRef } = where;
  if (sessionRef === checkout?.sessionRef) return false;
  // Of a deleted person nothing is left but the page.
  const isStripe =
    checkout === null ? (sessionRef ?? "").startsWith("cs_") : checkout.provider === "stripe";
  if (sessionRef === null || !isStripe) return false;
  const userId = checkout?.userId ?? null;
  const reason = checkout === null ? "account_deleted" : "replaced";
  await wantStop(ctx, { provider: "stripe", what: "checkout", ref: sessionRef, userId, reason });
  return false;
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

/** Ends the open checkouts of a plan that was taken off sale. True: there may be more. */
export async function withdrawPlan(ctx: MutationCtx, planId: Id<"plans">): Promise<boolean> {
  const plan = await ctx.db.get("plans", planId);
  if (plan?.state !== "archived") return false;
  const open = await ctx.db
    .query("checkouts")
    .withIndex("by_planId_state", (q) => q.eq("planId", planId).eq("state", "open"))
    .take(SWEEP);
  const ended = { state: "expired", reason: "plan_archived" } as const;
  for (const checkout of open) await withdrawCheckout(ctx, checkout, ended);
  return open.length === SWEEP;
}

/** Deletes a person's checkouts: the pages they lead to name them, and end. Safe to repeat. */
export async function forgetCheckouts(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const rows = await ctx.db
    .query("checkouts")
    .withIndex("by_userId_startedAtMs", (q) => q.eq("userId", userId))
    .take(MOST_FORGOTTEN);
  for (const checkout of rows) {
    if (checkout.state === "open") await withdrawCheckout(ctx, checkout, LEAVING);
    await ctx.db.delete("checkouts", checkout._id);
  }
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
