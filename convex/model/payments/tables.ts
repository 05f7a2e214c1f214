/** Tables of payments: what providers said, and what follows from it. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import {
  vEventOrigin,
  vEventState,
  vProvider,
  vPurchaseKind,
  vPurchaseStatus,
  vTerm,
} from "./validators.ts";

export const paymentTables = {
  // What a provider said, verbatim and once. Written by payments/ only; read by folds, the failure desk
  // and replays; never deleted (deleting an account replaces personal data inside `body`).
  paymentEvents: defineTable({
    provider: vProvider,
    key: v.string(), // the provider's event id; Sell.app: event type, object id and body hash
    type: v.string(),
    body: v.string(), // the verified bytes as text
    origin: vEventOrigin,
    occurredAtMs: v.number(), // the provider's time, or receivedAtMs where it gives none
    receivedAtMs: v.number(),
    state: vEventState,
    cause: v.union(v.string(), v.null()), // why it is failed, waiting or ignored: a stable code
    attempts: v.number(),
  })
    .index("by_provider_key", ["provider", "key"])
    .index("by_provider_receivedAtMs", ["provider", "receivedAtMs"])
    .index("by_state_receivedAtMs", ["state", "receivedAtMs"])
    .index("by_state_cause_receivedAtMs", ["state", "cause", "receivedAtMs"])
    .index("by_receivedAtMs", ["receivedAtMs"]),

  // Which events speak of which of the provider's objects. Written with the event; read when a purchase
  // is folded; never deleted.
  paymentEventRefs: defineTable({
    provider: vProvider,
    ref: v.string(), // subscription:sub_1, payment_intent:pi_1, membership:mem_1, order:123 ...
    eventId: v.id("paymentEvents"),
  })
    .index("by_provider_ref", ["provider", "ref"])
    .index("by_eventId", ["eventId"]),

  // That two of a provider's objects belong to one purchase: a row for each direction. Written with the
  // event that says so; never deleted.
  paymentRefs: defineTable({ provider: vProvider, ref: v.string(), other: v.string() }).index(
    "by_provider_ref_other",
    ["provider", "ref", "other"],
  ),

  // What somebody bought: the fold over its events, and whose it is. Written by payments/ only; read by
  // access/ and pages; never deleted.
  purchases: defineTable({
    provider: vProvider,
    anchor: v.string(), // the ref that names it
    userId: v.union(v.id("users"), v.null()), // null: waits for a matching identity
    planId: v.union(v.id("plans"), v.null()), // null: what was bought is in no plan
    kind: vPurchaseKind,
    status: vPurchaseStatus,
    terms: v.array(vTerm), // when what was paid for is in force; fixed terms get their end from the plan
    paidAtMs: v.union(v.number(), v.null()),
    renewsAtMs: v.union(v.number(), v.null()),
    endsAtMs: v.union(v.number(), v.null()),
    amount: v.number(), // in the currency's smallest unit
    amountRefunded: v.number(),
    currency: v.string(),
    isTrial: v.boolean(),
    buyerCarriedId: v.union(v.string(), v.null()), // the user id that the checkout carried
    buyerCustomer: v.union(v.string(), v.null()), // the provider's customer
    buyerEmail: v.union(v.string(), v.null()), // normalised
    productRefs: v.array(v.string()),
    updatedAtMs: v.number(),
  })
    .index("by_provider_anchor", ["provider", "anchor"])
    .index("by_userId_buyerEmail", ["userId", "buyerEmail"])
    .index("by_userId_buyerCustomer", ["userId", "provider", "buyerCustomer"])
    .index("by_userId_buyerCarriedId", ["userId", "buyerCarriedId"])
    .index("by_userId_updatedAtMs", ["userId", "updatedAtMs"])
    .index("by_planId_updatedAtMs", ["planId", "updatedAtMs"]),
};
