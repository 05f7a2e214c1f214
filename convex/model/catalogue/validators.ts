/** Shapes of the catalogue. */
import { v } from "convex/values";
import { vProvider } from "../payments/validators.ts";
import { vFeed } from "../signals/validators.ts";

export const vPlanKind = v.union(
  v.object({ kind: v.literal("recurring"), every: v.union(v.literal("month"), v.literal("year")) }),
  v.object({ kind: v.literal("fixed"), days: v.number() }),
);

export const vPlanState = v.union(
  v.literal("draft"), // was never sold
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

/** What an operator writes about a plan. */
export const vPlanFields = {
  slug: v.string(),
  tier: vFeed,
  name: v.string(),
  kind: vPlanKind,
  priceAmount: v.number(), // in the currency's smallest unit
  currency: v.string(), // ISO 4217, lower case
  trialDays: v.number(), // 0: none
  highlights: v.array(v.string()),
  refs: vProviderRefs,
};

export const vTierWords = v.object({ tier: vFeed, label: v.string(), description: v.string() });

/** A plan as everybody may see it: nothing of what it is called elsewhere. */
export const vOffer = v.object({
  planId: v.id("plans"),
  slug: v.string(),
  tier: vFeed,
  name: v.string(),
  kind: vPlanKind,
  priceAmount: v.number(),
  currency: v.string(),
  trialDays: v.number(),
  highlights: v.array(v.string()),
  providers: v.array(vProvider), // where it can be bought now
});

/** What keeps a plan from being sold; the codes are the domain's. */
export const vPlanProblem = v.object({ code: v.string(), field: v.string(), message: v.string() });

/** Providers whose prices can be asked for. */
export const vPricingProvider = v.union(v.literal("stripe"), v.literal("whop"));

/** A plan as the console shows it. */
export const vPlanListing = v.object({
  planId: v.id("plans"),
  ...vPlanFields,
  state: vPlanState,
  order: v.number(),
  problems: v.array(vPlanProblem),
  // What else stands for this plan: what it was sold under before, and what an operator mapped to it.
  otherRefs: v.array(v.string()),
});
