/**
 * One purchase from all facts of its group of refs: the only way a purchase comes to be.
 *
 * [PAY1] Any order and any repetition of the same facts gives the same purchase.
 * [PAY2] Facts that sell nothing (a refund alone) make no purchase: they wait for a link.
 * [PAY3] It is recurring if anything says that a subscription runs, else fixed.
 * [PAY4] Of the buyer, what was said last counts; what was not said stays.
 */
import { inOrder } from "./fact-order.ts";
import type { BuyerFact, Fact } from "./facts.ts";
import { foldFixed } from "./fold-fixed.ts";
import { foldRecurring } from "./fold-recurring.ts";
import { type Payment, paymentNames, refundedOf } from "./payment-standing.ts";
import type { Buyer, Money, Purchase } from "./purchase.ts";
import { anchorOf, kindOf, type Provider } from "./refs.ts";

/** How long a customer who has paid before keeps access after a payment fails, unless told otherwise. */
export const DEFAULT_GRACE_MS = 3 * 86_400_000;

/** Folds the facts of one group of refs; null if they are not (yet) a purchase. */
export function foldPurchase(
  provider: Provider,
  facts: Iterable<Fact>,
  { graceMs = DEFAULT_GRACE_MS }: { readonly graceMs?: number } = {},
): Purchase | null {
  const ordered = inOrder(facts);
  const anchor = anchorOf(ordered.flatMap(({ refs }) => refs));
  const last = ordered.at(-1);
  if (anchor === null || last === undefined || !ordered.some(isSelling)) return null;
  const nameOf = paymentNames(ordered);
  const isRecurring = kindOf(anchor) === "subscription" || ordered.some(isRunning);
  const folded = isRecurring ? foldRecurring(ordered, nameOf, graceMs) : foldFixed(ordered, nameOf);
  const { payments, ...purchase } = folded;
  return {
    provider,
    anchor,
    kind: isRecurring ? "recurring" : "fixed",
    ...purchase,
    buyer: buyerOf(ordered),
    money: moneyOf([...payments.values()]),
    warnings: ordered.filter(isWarning).length,
    lastFactAtMs: last.atMs,
  };
}

/** The address the buyer came from, if the provider tells it. For the trial guard: hash it, never keep it. */
export function buyerIpOf(facts: Iterable<Fact>): string | null {
  return buyerFacts(inOrder(facts)).findLast(({ ip }) => ip !== null)?.ip ?? null;
}

function isSelling({ kind }: Fact): boolean {
  return kind === "sale" || kind === "subscription" || kind === "invoice";
}

function isRunning(fact: Fact): boolean {
  return fact.kind === "invoice" || (fact.kind === "subscription" && fact.state !== "ended");
}

function isWarning(fact: Fact): boolean {
  return fact.kind === "warning" || (fact.kind === "dispute" && fact.state === "noted");
}

function buyerOf(ordered: readonly Fact[]): Buyer {
  const said = buyerFacts(ordered);
  return {
    userIdCarried: said.findLast(({ userId }) => userId !== null)?.userId ?? null,
    customerRef: said.findLast(({ customer }) => customer !== null)?.customer ?? null,
    email: said.findLast(({ email }) => email !== null)?.email ?? null,
  };
}

function buyerFacts(facts: readonly Fact[]): BuyerFact[] {
  return facts.flatMap((fact) => (fact.kind === "buyer" ? [fact] : []));
}

function moneyOf(payments: readonly Payment[]): Money {
  const amount = payments.reduce((sum, payment) => sum + (payment.amount ?? 0), 0);
  const refunded = payments.reduce((sum, payment) => sum + refundedOf(payment), 0);
  const currency = payments.find((payment) => payment.currency !== null)?.currency ?? null;
  return { amount, refunded, currency };
}
