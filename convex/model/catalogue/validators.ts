/** Shapes of the catalogue. */
import { v } from "convex/values";

export const vPlanKind = v.union(
  v.object({ kind: v.literal("recurring"), every: v.union(v.literal("month"), v.literal("year")) }),
  v.object({ kind: v.literal("fixed"), days: v.number() }),
);

export const vPlanState = v.union(
  v.literal("draft"),
  v.literal("published"),
  v.literal("archived"), // no longer sold; what was bought stays
);

/** What the plan is called at each provider; null: not sold there. */
export const vProviderRefs = v.object({
  stripePrice: v.union(v.string(), v.null()),
  whopPlan: v.union(v.string(), v.null()),
  whopLink: v.union(v.string(), v.null()), // https link of the hosted checkout
  sellappVariant: v.union(v.string(), v.null()),
  sellappLink: v.union(v.string(), v.null()),
});
