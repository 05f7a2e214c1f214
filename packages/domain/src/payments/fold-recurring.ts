/**
 * Folds the facts of a subscription, oldest first. After each fact the rules say until when access
 * lasts if nothing else happens; that holds until the next fact:
 *
 *   facts      active,          invoice      invoice   active,
 *              until day 30     failed       paid      until day 60
 *   access     |----------------|--grace----|---------|---------------...
 *
 * So the answer for a time depends only on what had happened by then, and never changes afterwards.
 *
 * [PAY7]  Active: until the period's end plus grace, since the renewal's event may be late.
 * [PAY8]  A failed payment: until what was paid ends, and at least `graceMs` from the first failure;
 *         no grace for someone who never paid.
 * [PAY9]  Cancelled at period end: until exactly then. Ended or unpaid: none.
 * [PAY10] A trial: until exactly its end.
 * [PAY11] Paused: until what was paid ends. Resumed: as active again.
 * [PAY12] What it was for changes when the provider says so, not before.
 * [PAY13] A refund or dispute takes out the term its payment paid for, and no other (`term-payments.ts`).
 */
import type { Fact, InvoiceFact, ProductRef, SaleFact, SubscriptionFact } from "./facts.ts";
import { type FoldedPurchase, statusOfVoid } from "./folded-purchase.ts";
import { foldPayment, type Payment } from "./payment-standing.ts";
import type { PurchaseStatus, Term } from "./purchase.ts";
import { type BlockedTime, blockedTimes, type PaidInvoice, paidUntilMs } from "./term-payments.ts";
import { appendTerm, earliest, isWithin, latest, spansWithout } from "./terms.ts";

/** Everything a subscription's facts say, up to the one last folded in. */
interface Subscription {
  readonly snapshot: (SubscriptionFact & { readonly atMs: number }) | null;
  readonly failingSinceMs: number | null;
  readonly hadTrial: boolean;
  readonly hasPaid: boolean;
  readonly payments: ReadonlyMap<string, Payment>;
  readonly paid: readonly PaidInvoice[];
  readonly products: readonly ProductRef[];
  /** Where the running period ended when payments were last collected. */
  readonly collectedUntilMs: number | null;
}

const NOTHING: Subscription = {
  snapshot: null,
  failingSinceMs: null,
  hadTrial: false,
  hasPaid: false,
  payments: new Map(),
  paid: [],
  products: [],
  collectedUntilMs: null,
};

/** Folds ordered facts. `nameOf` tells the payments apart. */
export function foldRecurring(
  facts: readonly Fact[],
  nameOf: (fact: Fact) => string,
  graceMs: number,
): FoldedPurchase {
  let subscription = NOTHING;
  const terms: Term[] = [];
  for (const [index, fact] of facts.entries()) {
    subscription = withFact(subscription, fact, nameOf(fact));
    const untilMs = accessUntilMs(subscription, graceMs);
    const nextMs = facts[index + 1]?.atMs ?? null;
    const span = { fromMs: fact.atMs, untilMs: earliest(untilMs, nextMs) };
    for (const free of spansWithout(span, blocked(subscription))) {
      appendTerm(terms, { ...free, products: subscription.products });
    }
  }
  const lastMs = facts.at(-1)?.atMs ?? 0;
  return {
    status: statusOf(subscription, graceMs, lastMs),
    terms,
    products: subscription.products,
    payments: subscription.payments,
    isTrial: subscription.hadTrial && !subscription.hasPaid,
    paidAtMs: firstPaidAtMs(facts),
  };
}

function withFact(before: Subscription, fact: Fact, name: string): Subscription {
  switch (fact.kind) {
    case "subscription":
      return withSnapshot(before, fact);
    case "sale":
    case "invoice":
      return withInvoice(withPayment(before, fact, name), fact, name);
    case "refund":
    case "refundTotal":
    case "dispute":
      return withPayment(before, fact, name);
    case "buyer":
    case "warning":
    case "link":
      return before;
  }
}

function withSnapshot(
  before: Subscription,
  fact: SubscriptionFact & { readonly atMs: number },
): Subscription {
  const isLive = fact.state === "active" || fact.state === "trialing";
  const products = fact.products.length > 0 ? fact.products : before.products;
  const hadTrial = before.hadTrial || fact.state === "trialing";
  return {
    ...before,
    snapshot: fact,
    products,
    hadTrial,
    // Where payments are not told (some shops do not send them), running without a trial counts as paid.
    hasPaid: before.hasPaid || (fact.state === "active" && !hadTrial),
    failingSinceMs: isLive ? null : failingAfter(before, fact),
    collectedUntilMs: isLive ? fact.periodEndMs : before.collectedUntilMs,
  };
}

function failingAfter(before: Subscription, fact: SubscriptionFact & { readonly atMs: number }) {
  return fact.state === "pastDue" ? (before.failingSinceMs ?? fact.atMs) : before.failingSinceMs;
}

function withPayment(before: Subscription, fact: Fact, name: string): Subscription {
  const payment = foldPayment(before.payments.get(name), fact);
  return { ...before, payments: new Map(before.payments).set(name, payment) };
}

type PaymentFact = (InvoiceFact | SaleFact) & { readonly atMs: number };

function withInvoice(before: Subscription, fact: PaymentFact, name: string): Subscription {
  const period = periodOf(fact);
  if (fact.state === "failed" && !period.isChange) {
    return { ...before, failingSinceMs: before.failingSinceMs ?? fact.atMs };
  }
  if (fact.state !== "paid") return before;
  const isKnown = before.paid.some((invoice) => invoice.name === name);
  const after = {
    ...before,
    paid: isKnown ? before.paid : [...before.paid, { name, ...period }],
    hasPaid: before.hasPaid || (fact.amount ?? 0) > 0,
    products: before.snapshot === null ? fact.products : before.products,
  };
  return period.isChange || isKnown ? after : recovered(after, period.untilMs);
}

const AWAITING_PAYMENT: readonly SubscriptionFact["state"][] = ["pending", "pastDue", "unpaid"];

/** A paid period ends a failure even if the subscription's own event never comes. */
function recovered(before: Subscription, untilMs: number | null): Subscription {
  const { snapshot } = before;
  const after = { ...before, failingSinceMs: null };
  if (snapshot === null || !AWAITING_PAYMENT.includes(snapshot.state)) return after;
  const periodEndMs = untilMs ?? snapshot.periodEndMs; // not further than what was paid
  return { ...after, snapshot: { ...snapshot, state: "active", periodEndMs } };
}

function periodOf(fact: PaymentFact): Omit<PaidInvoice, "name"> {
  if (fact.kind === "sale") return { fromMs: fact.atMs, untilMs: fact.untilMs, isChange: false };
  return { fromMs: fact.fromMs ?? fact.atMs, untilMs: fact.untilMs, isChange: fact.isChange };
}

/** Until when there is access if nothing else happens: null for no known end, 0 for none. */
function accessUntilMs(subscription: Subscription, graceMs: number): number | null {
  const { snapshot } = subscription;
  if (snapshot === null) return withGrace(paidUntil(subscription), graceMs) ?? 0;
  return earliest(uncancelledUntilMs(subscription, snapshot.state, graceMs), snapshot.cancelAtMs);
}

function uncancelledUntilMs(
  subscription: Subscription,
  state: SubscriptionFact["state"],
  graceMs: number,
): number | null {
  const { snapshot, failingSinceMs } = subscription;
  switch (state) {
    case "pending":
    case "unpaid":
    case "ended":
      return 0;
    case "trialing":
      return snapshot?.periodEndMs ?? null;
    case "paused":
      return paidUntil(subscription) ?? subscription.collectedUntilMs ?? 0;
    case "active":
    case "pastDue": {
      if (failingSinceMs !== null) return graceUntilMs(subscription, failingSinceMs, graceMs);
      const endMs = latest(snapshot?.periodEndMs ?? null, paidUntil(subscription));
      return withGrace(endMs, graceMs);
    }
  }
}

function graceUntilMs(subscription: Subscription, sinceMs: number, graceMs: number): number {
  const paidMs = paidUntil(subscription) ?? 0;
  return subscription.hasPaid ? Math.max(paidMs, sinceMs + graceMs) : paidMs;
}

function paidUntil({ paid, payments }: Subscription): number | null {
  return paidUntilMs(paid, (name) => payments.get(name)?.voided ?? null);
}

function blocked({ paid, payments }: Subscription): BlockedTime[] {
  return blockedTimes(paid, (name) => payments.get(name)?.voided ?? null);
}

function statusOf(subscription: Subscription, graceMs: number, atMs: number): PurchaseStatus {
  const block = blocked(subscription).find((found) => isWithin(found, atMs));
  if (block !== undefined) return statusOfVoid(block.cause);
  const { snapshot, failingSinceMs } = subscription;
  if (snapshot === null) {
    const renewsAtMs = paidUntil(subscription);
    return subscription.paid.length > 0 ? { state: "active", renewsAtMs } : { state: "pending" };
  }
  switch (snapshot.state) {
    case "pending":
      return { state: "pending" };
    case "trialing":
      return canceledAt(snapshot) ?? { state: "trialing", untilMs: snapshot.periodEndMs };
    case "unpaid":
    case "paused":
      return { state: snapshot.state, sinceMs: snapshot.atMs };
    case "ended":
      return { state: "ended", atMs: snapshot.atMs };
    case "active":
    case "pastDue": {
      if (failingSinceMs === null) {
        return canceledAt(snapshot) ?? { state: "active", renewsAtMs: snapshot.periodEndMs };
      }
      const untilMs = graceUntilMs(subscription, failingSinceMs, graceMs);
      return { state: "pastDue", sinceMs: failingSinceMs, graceUntilMs: untilMs };
    }
  }
}

function canceledAt({ cancelAtMs }: SubscriptionFact): PurchaseStatus | null {
  return cancelAtMs === null ? null : { state: "canceledAtPeriodEnd", untilMs: cancelAtMs };
}

function firstPaidAtMs(facts: readonly Fact[]): number | null {
  const paid = facts.find(
    (fact) => (fact.kind === "invoice" || fact.kind === "sale") && fact.state === "paid",
  );
  return paid?.atMs ?? null;
}

function withGrace(endMs: number | null, graceMs: number): number | null {
  return endMs === null ? null : endMs + graceMs;
}
