/** A payment of Whop's: for a period of a membership, or once for good. Amounts come in whole units. */
import type { FactBody } from "../facts.ts";
import { idOf, type Json, numberOf, objectOf, textOf } from "../json-fields.ts";
import { minorUnits } from "../money.ts";
import { present, refTo, type Said } from "../payment-event.ts";
import { buyerOf, productsOf } from "./whop-buyer.ts";

/** Reads a payment at an event of that type. */
export function readPayment(data: Json, type: string): Said {
  const refs = [
    refTo("payment", idOf(data.id)),
    refTo("membership", idOf(data.membership) ?? idOf(data.membership_id)),
  ];
  return { refs, bodies: present([buyerOf(data), moneyOf(data, type), refundedOf(data)]) };
}

function moneyOf(data: Json, type: string): FactBody | null {
  const isOnce = isPaidOnce(data);
  const state = stateOf(type);
  if (state === "pending" && !isOnce) return null;
  const paid = { products: productsOf(data), amount: amountOf(data), currency: currencyOf(data) };
  if (isOnce || state === "pending") return { kind: "sale", state, untilMs: null, ...paid };
  const isChange = data.billing_reason === "subscription_update";
  return { kind: "invoice", state, fromMs: null, untilMs: null, isChange, ...paid };
}

function stateOf(type: string): "paid" | "failed" | "pending" {
  if (type === "payment.succeeded") return "paid";
  return type === "payment.failed" ? "failed" : "pending";
}

function isPaidOnce(data: Json): boolean {
  const reason = textOf(data.billing_reason);
  if (reason !== null) return reason === "one_time";
  return objectOf(data.membership).status === "completed";
}

function refundedOf(data: Json): FactBody | null {
  const refunded = numberOf(data.refunded_amount) ?? 0;
  const total = numberOf(data.total) ?? numberOf(data.final_amount);
  if (refunded <= 0) return null;
  const isFull = total !== null && refunded >= total;
  return { kind: "refundTotal", refunded: minorUnits(refunded, currencyOf(data)), isFull };
}

function amountOf(data: Json): number | null {
  const total = numberOf(data.total) ?? numberOf(data.final_amount);
  return total === null ? null : minorUnits(total, currencyOf(data));
}

function currencyOf(data: Json): string | null {
  return textOf(data.currency)?.toLowerCase() ?? null;
}
