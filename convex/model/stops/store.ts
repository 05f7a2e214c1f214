/**
 * What must stop at a provider, as wanted state: a row first, then an action makes it so. The only writer of
 * `stops`.
 *
 *   due --attempt--> stopped | paid
 *    |  ^- later --'      after every failed attempt, with a growing wait
 *    '-------------> failed: refused for good, or tried often enough; staff may have it tried again
 *
 * [STOP1] What is wanted to stop is stopped, across failures and crashes, or ends as failed with its reason.
 * [STOP2] Wanting it twice asks once.
 * [STOP3] A checkout that a deleted person had paid already leads to a subscription that is stopped, too, also if
 *         the checkout was to end for another reason before.
 */
import { askedDelayMs, MAX_ATTEMPTS, retryDelayMs } from "@heliograph/domain";
import { ConvexError, type Infer } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import type { StopResult, StopTarget, vStopReason } from "./validators.ts";

const LOST_AFTER_MS = 2 * 60_000; // an attempt that has not reported by then died with its process
const LOST_TOO_OFTEN = {
  kind: "refused",
  code: "unexpected",
  isPassing: false,
  afterMs: null,
} as const;
const KEPT_MS = 30 * 24 * 60 * 60_000;
const SWEEP_ROWS = 100;

export type WantedStop = StopTarget & {
  readonly userId: Id<"users"> | null;
  readonly reason: Infer<typeof vStopReason>;
};

/** Has something stopped after this transaction. Safe to repeat; one that had failed is tried anew. */
export async function wantStop(ctx: MutationCtx, wanted: WantedStop): Promise<void> {
  const known = await findStop(ctx, wanted);
  if (known !== null && known.state !== "failed") return;
  await plan(ctx, known?._id ?? (await insertStop(ctx, wanted)), 0);
}

/**
 * Of a person who leaves: checkouts that were to end for another reason. What was bought at them must not renew.
 * Safe to repeat.
 */
export async function stopWhatWasBought(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const rows = await ctx.db
    .query("stops")
    .withIndex("by_userId_wantedAtMs", (q) => q.eq("userId", userId))
    .order("desc")
    .take(SWEEP_ROWS);
  for (const { _id, state, reason } of rows) {
    if (reason === "account_deleted" || state === "stopped") continue;
    await ctx.db.patch("stops", _id, { reason: "account_deleted" });
    if (state !== "due") await plan(ctx, _id, 0); // asked again: what was bought?
  }
}

/** Keeps for staff what cannot be stopped from here, and why. Safe to repeat. */
export async function recordUnstoppable(
  ctx: MutationCtx,
  wanted: WantedStop,
  code: string,
): Promise<void> {
  if ((await findStop(ctx, wanted)) !== null) return;
  const stopId = await insertStop(ctx, wanted);
  await ctx.db.patch("stops", stopId, { state: "failed", code, settledAtMs: Date.now() });
}

/** Tries a failed one again. Safe to repeat. Throws `not_found`. */
export async function tryAgain(ctx: MutationCtx, stopId: Id<"stops">): Promise<Doc<"stops">> {
  const row = await ctx.db.get("stops", stopId);
  if (row === null) throw new ConvexError({ code: "not_found", message: "This is settled." });
  if (row.state === "failed") await plan(ctx, stopId, 0);
  return row;
}

/** What to ask of the provider; null: it is settled. Counts the attempt. */
export async function beginAttempt(
  ctx: MutationCtx,
  stopId: Id<"stops">,
): Promise<StopTarget | null> {
  const row = await ctx.db.get("stops", stopId);
  if (row?.state !== "due") return null;
  if (row.attempts >= MAX_ATTEMPTS) {
    await settleRefused(ctx, row, LOST_TOO_OFTEN);
    return null;
  }
  const dueAtMs = Date.now() + LOST_AFTER_MS;
  await ctx.db.patch("stops", stopId, { attempts: row.attempts + 1, dueAtMs });
  const { provider, what, ref } = row;
  return { provider, what, ref };
}

/** Records how an attempt ended, and plans the next one. */
export async function settleAttempt(
  ctx: MutationCtx,
  stopId: Id<"stops">,
  result: StopResult,
): Promise<void> {
  const row = await ctx.db.get("stops", stopId);
  if (row?.state !== "due") return;
  if (result.kind === "refused") {
    await settleRefused(ctx, row, result);
    return;
  }
  const settled = { state: result.kind, code: null, settledAtMs: Date.now() };
  await ctx.db.patch("stops", stopId, settled);
  if (result.kind === "stopped" || result.subscription === null) return;
  if (row.reason !== "account_deleted") return;
  const { provider, userId, reason } = row;
  const renewals = { provider, what: "renewals", ref: result.subscription } as const;
  await wantStop(ctx, { ...renewals, userId, reason });
}

/** Plans anew what a stopped process left behind, and forgets old rows. */
export async function sweepStops(ctx: MutationCtx): Promise<void> {
  const nowMs = Date.now();
  const overdue = await ctx.db
    .query("stops")
    .withIndex("by_state_dueAtMs", (q) => q.eq("state", "due").lt("dueAtMs", nowMs - 60_000))
    .take(SWEEP_ROWS);
  for (const { _id } of overdue) await schedule(ctx, _id, 0);
  for (const state of ["stopped", "paid"] as const) {
    const old = await ctx.db
      .query("stops")
      .withIndex("by_state_dueAtMs", (q) => q.eq("state", state).lt("dueAtMs", nowMs - KEPT_MS))
      .take(SWEEP_ROWS);
    for (const { _id } of old) await ctx.db.delete("stops", _id);
  }
}

async function settleRefused(
  ctx: MutationCtx,
  { _id, attempts }: Doc<"stops">,
  { code, isPassing, afterMs }: Extract<StopResult, { kind: "refused" }>,
): Promise<void> {
  await ctx.db.patch("stops", _id, { code });
  if (isPassing && attempts < MAX_ATTEMPTS) {
    const waitMs = afterMs === null ? retryDelayMs(attempts) : askedDelayMs(afterMs);
    await schedule(ctx, _id, waitMs);
  } else {
    await ctx.db.patch("stops", _id, { state: "failed", settledAtMs: Date.now() });
  }
}

async function findStop(
  ctx: Pick<QueryCtx, "db">,
  { provider, what, ref }: StopTarget,
): Promise<Doc<"stops"> | null> {
  return await ctx.db
    .query("stops")
    .withIndex("by_provider_what_ref", (q) =>
      q.eq("provider", provider).eq("what", what).eq("ref", ref),
    )
    .unique();
}

async function insertStop(ctx: MutationCtx, wanted: WantedStop): Promise<Id<"stops">> {
  const nowMs = Date.now();
  return await ctx.db.insert("stops", {
    ...wanted,
    ...{ state: "due", attempts: 0, dueAtMs: nowMs, code: null },
    ...{ wantedAtMs: nowMs, settledAtMs: null },
  });
}

async function plan(ctx: MutationCtx, stopId: Id<"stops">, waitMs: number): Promise<void> {
  await ctx.db.patch("stops", stopId, { state: "due", attempts: 0, settledAtMs: null });
  await schedule(ctx, stopId, waitMs);
}

async function schedule(ctx: MutationCtx, stopId: Id<"stops">, waitMs: number): Promise<void> {
  await ctx.db.patch("stops", stopId, { dueAtMs: Date.now() + waitMs });
  await ctx.scheduler.runAfter(waitMs, internal.stops.attempt, { stopId });
}
