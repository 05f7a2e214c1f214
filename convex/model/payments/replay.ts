/**
 * Applying a stored event again, and what that would change. The dry run is the real application in a
 * nested transaction that throws at its end, so that nothing of it stays.
 *
 * [REPLAY1] A dry run answers what the replay would do, and writes nothing.
 * [REPLAY2] Replaying what was applied changes nothing.
 */
import { ConvexError, type Infer, v } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { vFeed } from "../signals/validators.ts";
import { findFacts } from "./factRows.ts";
import { failureOf } from "./failures.ts";
import { applyEvent } from "./receive.ts";
import { summaryOfPurchase, vPurchaseSummary } from "./summaries.ts";
import { vEventState } from "./validators.ts";

const UNDONE = "dry_run";

/** What an event has led to. */
export const vOutcome = v.object({
  state: vEventState,
  cause: v.union(v.string(), v.null()),
  purchase: v.union(vPurchaseSummary, v.null()),
  access: v.union(v.object({ tier: vFeed, untilMs: v.union(v.number(), v.null()) }), v.null()),
});

/** What a replay would make of it; `failure`: it would fail, and change nothing. */
export const vReplayDiff = v.object({
  before: vOutcome,
  after: vOutcome,
  failure: v.union(v.object({ cause: v.string(), detail: v.string() }), v.null()),
});

type Outcome = Infer<typeof vOutcome>;

/** Tells what a replay would change, without changing it. */
export async function previewReplay(
  ctx: MutationCtx,
  eventId: Id<"paymentEvents">,
): Promise<Infer<typeof vReplayDiff>> {
  const before = await readOutcome(ctx, eventId);
  try {
    await ctx.runMutation(internal.payments.applyAndUndo, { eventId });
  } catch (error) {
    const data = error instanceof ConvexError ? Object(error.data) : {};
    if (data.code === UNDONE) return { before, after: data.after as Outcome, failure: null };
    const { cause, detail } = failureOf(error);
    return { before, after: before, failure: { cause, detail } };
  }
  throw new Error("a dry run ended without undoing itself");
}

/** Applies an event and throws what came of it: for `previewReplay` only. */
export async function applyAndThrow(
  ctx: MutationCtx,
  eventId: Id<"paymentEvents">,
): Promise<never> {
  await applyEvent(ctx, eventId, { kind: "event", eventId });
  throw new ConvexError({ code: UNDONE, after: await readOutcome(ctx, eventId) });
}

/** What the event has led to so far. */
export async function readOutcome(
  ctx: Pick<QueryCtx, "db">,
  eventId: Id<"paymentEvents">,
): Promise<Outcome> {
  const event = await ctx.db.get("paymentEvents", eventId);
  if (event === null) throw new ConvexError({ code: "not_found", message: "No such event." });
  const facts = await findFacts(ctx, eventId);
  const purchaseId = facts?.purchaseId ?? null;
  const row = purchaseId === null ? null : await ctx.db.get("purchases", purchaseId);
  const owner = row?.userId ?? null;
  const access = owner === null ? null : await readAccess(ctx, owner);
  return {
    state: event.state,
    cause: event.cause,
    purchase: row === null ? null : await summaryOfPurchase(ctx, row),
    access: access === null ? null : { tier: access.tier, untilMs: access.untilMs },
  };
}

async function readAccess(ctx: Pick<QueryCtx, "db">, userId: Id<"users">) {
  return await ctx.db
    .query("access")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .unique();
}
