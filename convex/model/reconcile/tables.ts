/** Tables of reconciliation. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vProvider } from "../payments/validators.ts";
import { vRunFields, vSide } from "./validators.ts";

export const reconcileTables = {
  // One walk through a provider's truth; the running one is its provider's lease. Written by reconcile/
  // only; read by the console; the oldest are deleted when a new one begins.
  reconciliations: defineTable({
    provider: vProvider,
    ...vRunFields,
    cursor: v.union(v.string(), v.null()), // where to read on; null: from the beginning
    turn: v.number(), // who of the actions may write: each knows its own number
    stumbles: v.number(), // failures since the last page
    movedAtMs: v.number(), // the last sign of life
  })
    .index("by_provider_startedAtMs", ["provider", "startedAtMs"])
    .index("by_provider_state", ["provider", "state"]),

  // What a run has repaired, at most MOST_DIFFS a run. Written, read and deleted with it.
  reconciliationDiffs: defineTable({
    runId: v.id("reconciliations"),
    eventId: v.id("paymentEvents"),
    type: v.string(),
    ref: v.string(),
    userId: v.union(v.id("users"), v.null()),
    before: v.object(vSide),
    after: v.object(vSide),
    atMs: v.number(),
  }).index("by_runId", ["runId"]),
};
