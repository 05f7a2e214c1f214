/** Shapes of payment rows. Purchases are kept as `packages/domain` folds them. */
import { type Infer, v } from "convex/values";

const vMs = v.number();
const vMaybeMs = v.union(v.number(), v.null());

export const vProvider = v.union(v.literal("stripe"), v.literal("whop"), v.literal("sellapp"));

export const vEventOrigin = v.union(v.literal("webhook"), v.literal("reconciliation"));

export type EventOrigin = Infer<typeof vEventOrigin>;

export const vEventState = v.union(
  v.literal("applied"),
  v.literal("waiting"), // speaks of a purchase that no event has told of yet
  v.literal("failed"),
  v.literal("ignored"), // changes neither money nor access
);

export type EventState = Infer<typeof vEventState>;

/** Where a purchase stands, each state with its own fields. */
export const vPurchaseStatus = v.union(
  v.object({ state: v.literal("pending") }),
  v.object({ state: v.literal("failed"), atMs: vMs }),
  v.object({ state: v.literal("paid"), atMs: vMs }), // a fixed term
  v.object({ state: v.literal("trialing"), untilMs: vMaybeMs }),
  v.object({ state: v.literal("active"), renewsAtMs: vMaybeMs }),
  v.object({ state: v.literal("canceledAtPeriodEnd"), untilMs: vMs }),
  v.object({ state: v.literal("pastDue"), sinceMs: vMs, graceUntilMs: vMs }),
  v.object({ state: v.literal("unpaid"), sinceMs: vMs }),
  v.object({ state: v.literal("paused"), sinceMs: vMs }),
  v.object({ state: v.literal("ended"), atMs: vMs }),
  v.object({ state: v.literal("refunded"), atMs: vMs }),
  v.object({ state: v.literal("disputed"), sinceMs: vMs }),
  v.object({ state: v.literal("chargedBack"), atMs: vMs }),
);

/** Recurring: the provider keeps the calendar. Fixed: paid once, the plan says for how many days. */
export const vPurchaseKind = v.union(v.literal("recurring"), v.literal("fixed"));

/** When something paid is in force, and for which products then; null: no end is known. */
export const vTerm = v.object({
  fromMs: v.number(),
  untilMs: v.union(v.number(), v.null()),
  products: v.array(v.string()), // `price:price_1`, `plan:plan_1`, `variant:7`, `product:prod_1`
});

/** What an operator has to do about a purchase; null: nothing. */
export const vPurchaseProblem = v.union(
  v.literal("no_user"), // paid, and nobody here is its buyer
  v.literal("no_plan"), // paid, and what was bought is in no plan
  v.literal("trial_refused"), // somebody with the same keys has had a trial
);

export type PurchaseProblem = Infer<typeof vPurchaseProblem>;
