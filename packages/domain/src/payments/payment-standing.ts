/**
 * Whether the payments of one purchase still stand: how much of each was paid, how much went back, and
 * whether it is disputed. Facts name a payment by whichever of its refs they know (invoice, payment
 * intent, charge), so payments are told apart by group.
 *
 * [PAY5] A payment that went back in full gives nothing from then on; one that went back in part still
 *        stands. A refund that fails never happened.
 * [PAY6] A payment in dispute gives nothing while the dispute is open, nor after it is lost; an inquiry
 *        or a warning is only noted.
 */
import type { DisputeFact, Fact, RefundFact, RefundTotalFact } from "./facts.ts";
import { groupsOf, kindOf, type Ref } from "./refs.ts";

/** Why a payment does not stand, and since when. */
export type Void = {
  readonly reason: "refunded" | "disputed" | "chargedBack";
  readonly sinceMs: number;
};

/** What is known of one payment, up to the fact last folded in. */
export interface Payment {
  readonly amount: number | null;
  readonly currency: string | null;
  readonly refunds: ReadonlyMap<string, RefundFact & { readonly atMs: number }>;
  readonly total: (RefundTotalFact & { readonly atMs: number }) | null;
  readonly disputes: ReadonlyMap<string, DisputeFact>;
  readonly voided: Void | null;
}

const UNPAID: Payment = {
  amount: null,
  currency: null,
  refunds: new Map(),
  total: null,
  disputes: new Map(),
  voided: null,
};

/** Names the payment a fact is about: the same text for every ref of it. */
export function paymentNames(facts: readonly Fact[]): (fact: Fact) => string {
  const groups = groupsOf(facts.map(paymentRefsOf));
  const nameByRef = new Map(
    groups.flatMap((group) => [...group].map((ref) => [ref, [...group].sort().join()] as const)),
  );
  return (fact) => paymentRefsOf(fact).map((ref) => nameByRef.get(ref) ?? ref)[0] ?? "";
}

/** The payment after one more fact about it. */
export function foldPayment(before: Payment | undefined, fact: Fact): Payment {
  const payment = withFact(before ?? UNPAID, fact);
  const reason = reasonOfVoid(payment);
  if (reason === null) return { ...payment, voided: null };
  const sinceMs = payment.voided?.reason === reason ? payment.voided.sinceMs : fact.atMs;
  return { ...payment, voided: { reason, sinceMs } };
}

/** What went back of a payment so far. */
export function refundedOf({ refunds, total, amount }: Payment): number {
  const single = [...refunds.values()]
    .filter(({ state }) => state !== "failed")
    .reduce((sum, refund) => sum + (refund.amount ?? amount ?? 0), 0);
  if (total === null) return single;
  const undone = [...refunds.values()]
    .filter(({ state, atMs }) => state === "failed" && atMs >= total.atMs)
    .reduce((sum, refund) => sum + (refund.amount ?? total.refunded), 0);
  return Math.max(single, total.refunded - undone);
}

function withFact(payment: Payment, fact: Fact): Payment {
  switch (fact.kind) {
    case "sale":
    case "invoice":
      return fact.state === "paid"
        ? { ...payment, amount: fact.amount, currency: fact.currency ?? payment.currency }
        : payment;
    case "refund":
      return { ...payment, refunds: new Map(payment.refunds).set(fact.refund, fact) };
    case "refundTotal":
      return { ...payment, total: fact };
    case "dispute":
      return { ...payment, disputes: new Map(payment.disputes).set(fact.dispute, fact) };
    default:
      return payment;
  }
}

function reasonOfVoid(payment: Payment): Void["reason"] | null {
  const disputes = [...payment.disputes.values()].map(({ state }) => state);
  if (disputes.includes("lost")) return "chargedBack";
  if (disputes.includes("open")) return "disputed";
  return isRefundedInFull(payment) ? "refunded" : null;
}

function isRefundedInFull(payment: Payment): boolean {
  const { amount, total } = payment;
  const refunded = refundedOf(payment);
  if (total?.isFull && refunded >= total.refunded) return true;
  if (amount !== null) return refunded > 0 && refunded >= amount;
  // A refund without an amount, of a payment without one, is of all of it.
  return [...payment.refunds.values()].some(
    (found) => found.state !== "failed" && found.amount === null,
  );
}

function paymentRefsOf(fact: Fact): Ref[] {
  const owners = ["subscription", "membership", "customer"];
  return fact.refs.filter((ref) => !owners.includes(kindOf(ref)));
}
