/** What is for sale. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vFeed } from "../signals/validators.ts";
import { vPlanFields, vPlanProblem, vPlanState, vPricingProvider } from "./validators.ts";

export const catalogueTables = {
  // The words of the three tiers. Written by catalogue/; read by pages; never deleted.
  tiers: defineTable({
    tier: vFeed,
    label: v.string(),
    description: v.string(),
  }).index("by_tier", ["tier"]),

  // A way to buy a tier. Written by catalogue/; read by pages, checkout and payments; never deleted.
  plans: defineTable({
    ...vPlanFields,
    order: v.number(),
    state: vPlanState,
  })
    .index("by_slug", ["slug"])
    .index("by_state_order", ["state", "order"])
    .index("by_order", ["order"]),

  // Which plan a provider's price, plan, variant or product stands for: a ref belongs to one plan. What a
  // plan was sold under stays when its own refs change, because purchases speak of it. Written by
  // catalogue/; read when a purchase looks for its plan; deleted when an operator takes the ref away.
  planRefs: defineTable({
    ref: v.string(), // price:price_1, plan:plan_1, variant:123, product:prod_1
    planId: v.id("plans"),
  })
    .index("by_ref", ["ref"])
    .index("by_planId", ["planId"]),

  // What differed when a plan was last held against a provider: one row of a plan and a provider. Written by
  // prices/; read by publishing and the console; never deleted.
  priceFindings: defineTable({
    planId: v.id("plans"),
    provider: vPricingProvider,
    compared: v.string(), // the plan's fields as they were compared
    problems: v.array(vPlanProblem),
    atMs: v.number(),
  }).index("by_planId", ["planId"]),
};
