/** Shapes of checkouts. */
import { v } from "convex/values";
import { vProvider } from "../payments/validators.ts";
import { vFeed } from "../signals/validators.ts";

export const vCheckoutState = v.union(
  v.literal("open"),
  v.literal("completed"), // a purchase came of it
  v.literal("expired"),
  v.literal("abandoned"), // another one took its place
);

/** What a checkout is for. One that would be for something else takes its place. */
export const vCheckoutTerms = v.object({
  offer: v.string(), // the price, or the link, that is paid at
  customer: v.union(v.string(), v.null()), // the provider's
  trialDays: v.number(),
});

const vRenewalState = v.union(
  v.object({
    state: v.union(v.literal("renews"), v.literal("trial"), v.literal("grace")),
    atMs: v.union(v.number(), v.null()), // when it renews, or the trial or the grace ends
  }),
  v.object({ state: v.literal("stopped") }), // unpaid or paused
  v.null(),
);

/** What somebody has bought, as the rules of buying want it. */
export const vHeldPurchase = v.object({
  planId: v.id("plans"),
  provider: vProvider,
  tier: vFeed,
  kind: v.union(v.literal("recurring"), v.literal("fixed")),
  phase: v.union(v.literal("pending"), v.literal("current"), v.literal("over")),
  untilMs: v.union(v.number(), v.null()),
  renewal: vRenewalState, // whether it goes on by itself
});

export const vCheckoutOutcome = v.union(
  v.literal("waiting"),
  v.literal("processing"),
  v.literal("settling"),
  v.literal("unlocked"),
  v.literal("failed"),
  v.literal("expired"),
  v.literal("replaced"),
);
