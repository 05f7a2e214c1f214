/** What is for sale. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vFeed } from "../signals/validators.ts";
import { vPlanKind, vPlanState, vProviderRefs } from "./validators.ts";

export const catalogueTables = {
  // The words of the three tiers. Written by catalogue/; read by pages; never deleted.
  tiers: defineTable({
    tier: vFeed,
    label: v.string(),
    description: v.string(),
  }).index("by_tier", ["tier"]),

  // A way to buy a tier. Written by catalogue/; read by pages, checkout and payments; never deleted.
  plans: defineTable({
    slug: v.string(),
    tier: vFeed,
    name: v.string(),
    kind: vPlanKind,
    priceAmount: v.number(), // in the currency's smallest unit
    currency: v.string(), // ISO 4217, lower case
    trialDays: v.number(), // 0: none
    highlights: v.array(v.string()),
    order: v.number(),
    state: vPlanState,
    refs: vProviderRefs,
  })
    .index("by_slug", ["slug"])
    .index("by_state_order", ["state", "order"])
    .index("by_order", ["order"]),

  // Which plan a provider's product, price or variant stands for: one row a ref. Written with the plan.
  planRefs: defineTable({ ref: v.string(), planId: v.id("plans") })
    .index("by_ref", ["ref"])
    .index("by_planId", ["planId"]),
};
