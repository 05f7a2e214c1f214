/** Tables of payments: what providers said, and what follows from it. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import {
  vEventOrigin,
  vEventState,
  vProvider,
  vPurchaseKind,
  vPurchaseProblem,
  vPurchaseStatus,
  vTerm,
} from "./validators.ts";

export const paymentTables = {
  // What a provider said, verbatim and once. Written by payments/ only; read by the failure desk and by
  // replays; never deleted (deleting an account replaces personal data inside `body`).
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
    detail: v.union(v.string(), v.null()), // for the operator, beside the cause
    attempts: v.number(), // applications that failed since it was last told to try
  })
    .index("by_provider_key", ["provider", "key"])
    .index("by_provider_receivedAtMs", ["provider", "receivedAtMs"])
    .index("by_provider_state_receivedAtMs", ["provider", "state", "receivedAtMs"])
    .index("by_state_receivedAtMs", ["state", "receivedAtMs"])
    .index("by_state_cause_receivedAtMs", ["state", "cause", "receivedAtMs"])
    .index("by_receivedAtMs", ["receivedAtMs"]),

  // Events that are failed or waiting, without their bodies: what the desk counts and groups. Written with the
  // state of the event; deleted when it is applied or ignored.
  openEvents: defineTable({
    eventId: v.id("paymentEvents"),
    state: v.union(v.literal("failed"), v.literal("waiting")),
    cause: v.union(v.string(), v.null()),
    receivedAtMs: v.number(),
  })
    .index("by_eventId", ["eventId"])
    .index("by_state_cause_receivedAtMs", ["state", "cause", "receivedAtMs"]),

  // What an event says, read from its body, and the purchase it became part of. Derived: written with the
  // event and anew by a rebuild; read when a purchase is folded.
  paymentFacts: defineTable({
    eventId: v.id("paymentEvents"),
    facts: v.string(), // JSON of the domain's facts
    purchaseId: v.union(v.id("purchases"), v.null()),
  })
    .index("by_eventId", ["eventId"])
    .index("by_purchaseId", ["purchaseId"]),

  // Which events speak of which of the provider's objects. Derived, as paymentFacts.
  paymentEventRefs: defineTable({
    provider: vProvider,
    ref: v.string(), // subscription:sub_1, payment_intent:pi_1, membership:mem_1, order:123 ...
    eventId: v.id("paymentEvents"),
  })
    .index("by_provider_ref", ["provider", "ref"])
    .index("by_eventId", ["eventId"]),

  // That two of a provider's objects belong to one purchase: a row for each direction. Derived, as
  // paymentFacts.
  paymentRefs: defineTable({ provider: vProvider, ref: v.string(), other: v.string() }).index(
    "by_provider_ref_other",
    ["provider", "ref", "other"],
  ),

  // What somebody bought: the fold over its events, and whose it is. Written by payments/ only; read by
  // access/ and pages; deleted only when it turns out to be part of another.
  purchases: defineTable({
    provider: vProvider,
    anchor: v.string(), // the ref that names it
    userId: v.union(v.id("users"), v.null()), // null: waits for a matching identity
    planId: v.union(v.id("plans"), v.null()), // null: what was bought is in no plan
    kind: vPurchaseKind,
    status: vPurchaseStatus,
    terms: v.array(vTerm), // when what was paid for is in force; fixed terms get their end from the plan
    paidAtMs: v.union(v.number(), v.null()),
    amount: v.number(), // in the currency's smallest unit
    amountRefunded: v.number(),
    currency: v.union(v.string(), v.null()),
    isTrial: v.boolean(), // nothing was ever paid for it
    isTrialRefused: v.boolean(), // gives no access while it is a trial
    warnings: v.number(), // inquiries and fraud warnings
    buyerCarriedId: v.union(v.string(), v.null()), // the user id that the checkout carried
    buyerCustomer: v.union(v.string(), v.null()), // the provider's customer
    buyerEmail: v.union(v.string(), v.null()), // normalised
    productRefs: v.array(v.string()), // what it is for now
    problem: v.union(vPurchaseProblem, v.null()),
    updatedAtMs: v.number(), // the provider's time of the last fact
  })
    .index("by_provider_anchor", ["provider", "anchor"])
    .index("by_buyerEmail", ["buyerEmail"])
    .index("by_provider_buyerCustomer", ["provider", "buyerCustomer"])
    .index("by_buyerCarriedId", ["buyerCarriedId"])
    .index("by_userId_updatedAtMs", ["userId", "updatedAtMs"])
    .index("by_planId_updatedAtMs", ["planId", "updatedAtMs"])
    .index("by_problem_updatedAtMs", ["problem", "updatedAtMs"])
    .index("by_updatedAtMs", ["updatedAtMs"]),

  // Whose a purchase is by an operator's word, which counts before everything else, or was by an e-mail
  // that may change hands later. Written by payments/; read when a purchase looks for its user; never deleted.
  purchaseOwners: defineTable({
    provider: vProvider,
    ref: v.string(), // any ref of the purchase
    userId: v.id("users"),
    by: v.union(v.literal("operator"), v.literal("email")),
  })
    .index("by_provider_ref", ["provider", "ref"])
    .index("by_userId", ["userId"]),

  // Under which keys a trial was had. Derived, as paymentFacts; also the log of the trial guard.
  trialClaims: defineTable({
    key: v.string(), // user:, email:, customer:<provider>: or ip_hash: (salted)
    purchaseId: v.id("purchases"),
    startedAtMs: v.number(), // of the trial: of two, the earlier one stands
    anchor: v.string(), // provider and anchor: decides between trials of one time
  })
    .index("by_key_startedAtMs", ["key", "startedAtMs"])
    .index("by_purchaseId", ["purchaseId"]),

  // Trials that an operator allows or refuses whatever the guard says. Written by the failure desk; never
  // deleted.
  trialOverrides: defineTable({
    provider: vProvider,
    ref: v.string(), // the anchor of the purchase when it was decided
    isAllowed: v.boolean(),
    reason: v.string(),
    atMs: v.number(),
  }).index("by_provider_ref", ["provider", "ref"]),

  // Deliveries that were refused: one row a provider and cause, without anything of what was sent.
  // Written by the webhook route, at most once a second and row; read by the console; never deleted.
  webhookRefusals: defineTable({
    provider: vProvider,
    cause: v.string(),
    count: v.number(), // those of one second count once, so that a flood writes little
    firstAtMs: v.number(),
    lastAtMs: v.number(),
  }).index("by_provider_cause", ["provider", "cause"]),

  // A run of the whole log. Written by the rebuild; read by webhooks and the console; never deleted.
  paymentRebuilds: defineTable({
    phase: v.union(
      v.literal("clearing"),
      v.literal("reading"), // bodies into facts and links
      v.literal("settling"), // facts into purchases
      v.literal("pruning"), // purchases that no event speaks of any more
      v.literal("done"),
    ),
    cursor: v.union(v.string(), v.null()),
    events: v.number(),
    failed: v.number(),
    removed: v.number(),
    startedAtMs: v.number(),
    endedAtMs: v.union(v.number(), v.null()),
  }).index("by_phase", ["phase"]),
};
