/** Shapes of payment rows. */
import { v } from "convex/values";

export const vProvider = v.union(v.literal("stripe"), v.literal("whop"), v.literal("sellapp"));

export const vEventOrigin = v.union(v.literal("webhook"), v.literal("reconciliation"));

export const vEventState = v.union(
  v.literal("applied"),
  v.literal("waiting"), // speaks of a purchase that no event has told of yet
  v.literal("failed"),
  v.literal("ignored"), // changes neither money nor access
);

export const vPurchaseStatus = v.union(
  v.literal("pending"),
  v.literal("trialing"),
  v.literal("active"),
  v.literal("pastDue"),
  v.literal("paused"),
  v.literal("canceling"), // paid until its end, and not renewed
  v.literal("completed"), // a fixed term that was paid
  v.literal("disputed"),
  v.literal("refunded"),
  v.literal("ended"),
);

/** Recurring: the provider keeps the calendar. Fixed: paid once, the plan says for how many days. */
export const vPurchaseKind = v.union(v.literal("recurring"), v.literal("fixed"));

/** When something paid is in force, and for which products then; null: no end is known. */
export const vTerm = v.object({
  fromMs: v.number(),
  untilMs: v.union(v.number(), v.null()),
  products: v.array(v.string()), // `price:price_1`, `plan:plan_1`, `variant:7`, `product:prod_1`
});
