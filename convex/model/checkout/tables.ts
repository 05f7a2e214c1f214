/** Checkouts: somebody is on the way to paying. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vProvider } from "../payments/validators.ts";
import { vCheckoutState, vCheckoutTerms } from "./validators.ts";

export const checkoutTables = {
  // A checkout at a provider; at most one is open of a person and a plan, and one Stripe session of a person. Written by checkout/ only; read by
  // the return page; deleted by its sweep 30 days after it ended.
  checkouts: defineTable({
    userId: v.id("users"),
    planId: v.id("plans"),
    provider: vProvider,
    state: vCheckoutState,
    terms: vCheckoutTerms,
    sessionRef: v.union(v.string(), v.null()), // Stripe's session; null: not made yet, or a plain link
    url: v.union(v.string(), v.null()), // where the buyer pays; null: not known yet
    problem: v.union(v.string(), v.null()), // the provider's code when it would not make the session
    startedAtMs: v.number(),
    expiresAtMs: v.number(),
    endedAtMs: v.union(v.number(), v.null()),
  })
    .index("by_userId_state", ["userId", "state"])
    .index("by_planId_state", ["planId", "state"])
    .index("by_userId_startedAtMs", ["userId", "startedAtMs"])
    .index("by_state_expiresAtMs", ["state", "expiresAtMs"])
    .index("by_endedAtMs", ["endedAtMs"]),
};
