/** Refunds and disputes of Whop's. They name the payment, and at most by the way the membership. */
import type { DisputeFact, RefundFact } from "../facts.ts";
import { idOf, type Json, numberOf, objectOf, textOf } from "../json-fields.ts";
import { minorUnits } from "../money.ts";
import { refTo, type Said } from "../payment-event.ts";
import type { Ref } from "../refs.ts";

const REFUND_STATES: ReadonlyMap<string, RefundFact["state"]> = new Map<
  string,
  RefundFact["state"]
>([
  ["pending", "pending"],
  ["requires_action", "pending"],
  ["succeeded", "succeeded"],
  ["failed", "failed"],
  ["canceled", "failed"],
]);

/** A status that is not here counts as open, so that it opens nothing. */
const DISPUTE_STATES: ReadonlyMap<string, DisputeFact["state"]> = new Map<
  string,
  DisputeFact["state"]
>([
  ["warning_needs_response", "noted"],
  ["warning_under_review", "noted"],
  ["warning_closed", "won"],
  ["needs_response", "open"],
  ["under_review", "open"],
  ["won", "won"],
  // Ended without a ruling: the money stays where it was.
  ["closed", "won"],
  ["lost", "lost"],
]);

/** Reads a refund. */
export function readRefund(data: Json): Said {
  const amount = numberOf(data.amount);
  const currency = textOf(data.currency)?.toLowerCase() ?? null;
  const body = {
    kind: "refund",
    refund: idOf(data.id) ?? "",
    state: REFUND_STATES.get(textOf(data.status) ?? "") ?? "pending",
    amount: amount === null ? null : minorUnits(amount, currency),
  } as const;
  return { refs: [refTo("refund", idOf(data.id)), ...paymentRefs(data)], bodies: [body] };
}

/** Reads a dispute. An inquiry follows the same course without money moving until it is lost. */
export function readDispute(data: Json): Said {
  const state = DISPUTE_STATES.get(textOf(data.status) ?? "") ?? "open";
  const isInquiry = data.inquiry === true && state === "open";
  const body = {
    kind: "dispute",
    dispute: idOf(data.id) ?? "",
    state: isInquiry ? "noted" : state,
  } as const;
  return { refs: [refTo("dispute", idOf(data.id)), ...paymentRefs(data)], bodies: [body] };
}

/** Reads a warning that a dispute may come. */
export function readDisputeAlert(data: Json): Said {
  return { refs: paymentRefs(data), bodies: [{ kind: "warning" }] };
}

function paymentRefs(data: Json): (Ref | null)[] {
  const payment = objectOf(data.payment);
  return [
    refTo("payment", idOf(data.payment) ?? idOf(data.payment_id)),
    refTo("membership", idOf(payment.membership)),
  ];
}
