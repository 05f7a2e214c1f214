/**
 * Makes everything that follows from the log anew, batch by batch, while the deployment serves.
 *
 *   clearing   facts, refs, links and trial claims are dropped; purchases and access stay as they are
 *   reading    every body is read again, in the order of receipt
 *   settling   every purchase is folded once from all its facts, in place: access never dips
 *   pruning    purchases that no event speaks of any more are removed; those whose events failed stay
 *
 * [BUILD1] After it, purchases and access are what the log says, identical to those of a log applied once.
 * [BUILD2] Nobody loses access in between; what arrives meanwhile is stored, waits, and is applied by the end.
 * [BUILD3] An event that cannot be applied stays on the desk and holds up nothing.
 */
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { recomputeAccess } from "../access/recompute.ts";
import { findFacts } from "./factRows.ts";
import { findRunning } from "./rebuildState.ts";
import { tryEvent } from "./receive.ts";
import { removePurchase } from "./settle.ts";

const DERIVED = ["paymentFacts", "paymentEventRefs", "paymentRefs", "trialClaims"] as const;
const CLEARED_AT_ONCE = 400; // rows a table
const EVENTS_AT_ONCE = 25;
const PURCHASES_AT_ONCE = 100;
const BYTES_AT_ONCE = 4_000_000; // a transaction may read 16 MiB

type Rebuild = Doc<"paymentRebuilds">;

/** Begins a rebuild, or finds the one that runs. */
export async function beginRebuild(ctx: MutationCtx): Promise<Id<"paymentRebuilds">> {
  const running = await findRunning(ctx);
  if (running !== null) return running._id;
  const rebuildId = await ctx.db.insert("paymentRebuilds", {
    phase: "clearing",
    cursor: null,
    events: 0,
    failed: 0,
    removed: 0,
    startedAtMs: Date.now(),
    endedAtMs: null,
  });
  await goOn(ctx, rebuildId);
  return rebuildId;
}

/** Does the next batch. */
export async function stepRebuild(ctx: MutationCtx, rebuildId: Id<"paymentRebuilds">) {
  const rebuild = await ctx.db.get("paymentRebuilds", rebuildId);
  if (rebuild === null || rebuild.phase === "done") return;
  await stepPhase(ctx, rebuild);
  await goOn(ctx, rebuildId);
}

async function stepPhase(ctx: MutationCtx, rebuild: Rebuild): Promise<void> {
  switch (rebuild.phase) {
    case "clearing":
      return await clearSome(ctx, rebuild);
    case "reading":
      return await readSome(ctx, rebuild);
    case "settling":
      return await settleSome(ctx, rebuild);
    case "pruning":
      return await pruneSome(ctx, rebuild);
    case "done":
      return;
    default:
      return rebuild.phase satisfies never;
  }
}

async function clearSome(ctx: MutationCtx, { _id }: Rebuild): Promise<void> {
  for (const table of DERIVED) {
    if ((await clearTable(ctx, table)) === CLEARED_AT_ONCE) return;
  }
  await ctx.db.patch("paymentRebuilds", _id, { phase: "reading", cursor: null });
}

async function clearTable<Table extends (typeof DERIVED)[number]>(
  ctx: MutationCtx,
  table: Table,
): Promise<number> {
  const rows = await ctx.db.query(table).take(CLEARED_AT_ONCE);
  for (const { _id } of rows) await ctx.db.delete(table, _id);
  return rows.length;
}

async function readSome(ctx: MutationCtx, rebuild: Rebuild): Promise<void> {
  const page = await readLog(ctx, rebuild.cursor);
  let failed = 0;
  for (const { _id } of page.page) {
    // The mutation reads the facts only: nothing is settled while this phase runs.
    if (!(await tryReading(ctx, _id))) failed += 1;
  }
  await ctx.db.patch("paymentRebuilds", rebuild._id, {
    events: rebuild.events + page.page.length,
    failed: rebuild.failed + failed,
    ...(page.isDone ? { phase: "settling", cursor: null } : { cursor: page.continueCursor }),
  });
}

async function settleSome(ctx: MutationCtx, rebuild: Rebuild): Promise<void> {
  const page = await readLog(ctx, rebuild.cursor);
  let failed = 0;
  for (const { _id, state } of page.page) {
    const facts = await findFacts(ctx, _id);
    const isSettled = facts !== null && facts.purchaseId !== null;
    if (isSettled || state === "failed") continue;
    if (!(await tryEvent(ctx, _id, { kind: "replay" }))) failed += 1;
  }
  await ctx.db.patch("paymentRebuilds", rebuild._id, {
    failed: rebuild.failed + failed,
    ...(page.isDone ? { phase: "pruning", cursor: null } : { cursor: page.continueCursor }),
  });
}

async function pruneSome(ctx: MutationCtx, rebuild: Rebuild): Promise<void> {
  const page = await ctx.db
    .query("purchases")
    .paginate({ cursor: rebuild.cursor, numItems: PURCHASES_AT_ONCE });
  const count = { kept: 0, removed: 0, failed: 0 };
  for (const { _id } of page.page) count[await tryPruning(ctx, _id)] += 1;
  const left = page.isDone ? await applyHeld(ctx) : false;
  const ended = page.isDone && !left;
  await ctx.db.patch("paymentRebuilds", rebuild._id, {
    removed: rebuild.removed + count.removed,
    failed: rebuild.failed + count.failed,
    ...(ended
      ? { phase: "done", cursor: null, endedAtMs: Date.now() }
      : { cursor: page.isDone ? rebuild.cursor : page.continueCursor }),
  });
}

/** In a transaction of its own: one that cannot be taken away stays, and holds up nothing. */
async function tryPruning(
  ctx: MutationCtx,
  purchaseId: Id<"purchases">,
): Promise<"kept" | "removed" | "failed"> {
  try {
    return (await ctx.runMutation(internal.payments.prune, { purchaseId })) ? "removed" : "kept";
  } catch {
    return "failed";
  }
}

/** Removes a purchase that no event speaks of any more. True: it was removed. */
export async function prunePurchase(ctx: MutationCtx, purchaseId: Id<"purchases">) {
  const row = await ctx.db.get("purchases", purchaseId);
  if (row === null || (await isSpokenOf(ctx, row))) return false;
  await removePurchase(ctx, row);
  if (row.userId !== null) await recomputeAccess(ctx, row.userId, { kind: "replay" });
  return true;
}

/** Also by an event that cannot be applied just now: nobody loses what they paid for by that. */
async function isSpokenOf(ctx: MutationCtx, row: Doc<"purchases">): Promise<boolean> {
  const facts = await ctx.db
    .query("paymentFacts")
    .withIndex("by_purchaseId", (q) => q.eq("purchaseId", row._id))
    .first();
  if (facts !== null) return true;
  const named = await ctx.db
    .query("paymentEventRefs")
    .withIndex("by_provider_ref", (q) => q.eq("provider", row.provider).eq("ref", row.anchor))
    .first(); // one group is applied as a whole, so any of its events tells
  const event = named === null ? null : await ctx.db.get("paymentEvents", named.eventId);
  return event?.state === "failed";
}

/** Applies what came in while facts were incomplete and no batch has met since. True: there is more. */
async function applyHeld(ctx: MutationCtx): Promise<boolean> {
  const held = await ctx.db
    .query("paymentEvents")
    .withIndex("by_state_cause_receivedAtMs", (q) =>
      q.eq("state", "waiting").eq("cause", "rebuilding"),
    )
    .take(EVENTS_AT_ONCE);
  for (const { _id } of held) await tryEvent(ctx, _id, { kind: "event", eventId: _id });
  return held.length === EVENTS_AT_ONCE;
}

async function tryReading(ctx: MutationCtx, eventId: Id<"paymentEvents">): Promise<boolean> {
  return await ctx.runMutation(internal.payments.read, { eventId });
}

async function readLog(ctx: MutationCtx, cursor: string | null) {
  return await ctx.db
    .query("paymentEvents")
    .withIndex("by_receivedAtMs")
    .paginate({ cursor, numItems: EVENTS_AT_ONCE, maximumBytesRead: BYTES_AT_ONCE });
}

async function goOn(ctx: MutationCtx, rebuildId: Id<"paymentRebuilds">): Promise<void> {
  await ctx.scheduler.runAfter(0, internal.payments.stepRebuild, { rebuildId });
}
