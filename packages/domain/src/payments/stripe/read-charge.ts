/** What happens to a payment of Stripe's after it was made: refunds, disputes, warnings. */
import type { DisputeFact, RefundFact } from "../facts.ts";
import { idOf, type Json, numberOf, objectOf } from "../json-fields.ts";
import { present, refTo, type Said } from "../payment-event.ts";
import type { Ref } from "../refs.ts";

const REFUND_STATES: ReadonlyMap<unknown, RefundFact["state"]> = new Map<
  unknown,
  RefundFact["state"]
>([
  ["pending", "pending"],
  ["requires_action", "pending"],
  ["succeeded", "succeeded"],
  ["failed", "failed"],
  ["canceled", "failed"],
]);

/** A status that is not here is new: it counts as open, so that it opens nothing. */
const DISPUTE_STATES: ReadonlyMap<unknown, DisputeFact["state"]> = new Map<
  unknown,
  DisputeFact["state"]
>([
  ["warning_needs_response", "noted"],
  ["warning_under_review", "noted"],
  ["warning_closed", "won"],
  ["needs_response", "open"],
  ["under_review", "open"],
  ["won", "won"],
  ["prevented", "won"],
  ["lost", "lost"],
  // Settled by refunding: the refund has events of its own.
  ["charge_refunded", "won"],
]);

/** Reads a charge: which payment it was, and how much of it went back. */
export function readCharge(charge: Json): Said {
  const refs = [
    refTo("charge", idOf(charge.id)),
    refTo("payment_intent", idOf(charge.payment_intent)),
    refTo("invoice", idOf(charge.invoice)),
  ];
  const refunded = numberOf(charge.amount_refunded) ?? 0;
  const total = { kind: "refundTotal", refunded, isFull: charge.refunded === true } as const;
  return { refs, bodies: present([refunded > 0 || total.isFull ? total : null]) };
}

/** Reads a payment intent: which charge and invoice it belongs to. */
export function readPaymentIntent(intent: Json): Said {
  const refs = [
    refTo("payment_intent", idOf(intent.id)),
    refTo("charge", idOf(intent.latest_charge)),
    refTo("invoice", idOf(intent.invoice)),
  ];
  return { refs, bodies: [] };
}

/** Reads a refund. */
export function readRefund(refund: Json, type: string): Said {
  const state = type === "refund.failed" ? "failed" : REFUND_STATES.get(refund.status);
  const body = {
    kind: "refund",
    refund: idOf(refund.id) ?? "",
    state: state ?? "pending",
    amount: numberOf(refund.amount),
  } as const;
  return { refs: paymentRefs(refund), bodies: [body] };
}

/** Reads a dispute. */
export function readDispute(dispute: Json): Said {
  const state = DISPUTE_STATES.get(dispute.status) ?? "open";
  const body = { kind: "dispute", dispute: idOf(dispute.id) ?? "", state } as const;
  return { refs: paymentRefs(dispute), bodies: [body] };
}

/** Reads an early fraud warning. */
export function readFraudWarning(warning: Json): Said {
  return { refs: paymentRefs(warning), bodies: [{ kind: "warning" }] };
}

function paymentRefs(object: Json): (Ref | null)[] {
  const charge = objectOf(object.charge);
  return [
    refTo("charge", idOf(object.charge)),
    refTo("payment_intent", idOf(object.payment_intent) ?? idOf(charge.payment_intent)),
  ];
}
