/**
 * An order of Sell.app's. The event says what happened; the status beside it can only make it less.
 *
 * [SELL3] Disputed is no access, also if the status beside it is COMPLETED.
 * [SELL4] An order for nothing is never completed: creating it is enough. A total that is not told is not zero.
 * [SELL8] A dispute is won if the order is completed again after it, as its history shows.
 * [SELL9] Only an order that was read from the API joins its subscription: with it the subscription is read, too.
 * [SELL5] A status counts only if it is exactly one of the known words ("inactive" is not "active").
 */
import type { FactBody, ProductRef } from "../facts.ts";
import { idOf, type Json, listOf, objectOf, textOf } from "../json-fields.ts";
import { present, refTo, type Said } from "../payment-event.ts";
import { carriedUserId, isFree, orderPrice } from "./order-fields.ts";

type Standing = "pending" | "paid" | "failed" | "disputed" | "refunded";

const STANDINGS: ReadonlyMap<string, Standing> = new Map<string, Standing>([
  ["PENDING", "pending"],
  ["PARTIAL", "pending"],
  ["COMPLETED", "paid"],
  ["VOIDED", "failed"],
  ["EXPIRED", "failed"],
  ["CANCELLED", "failed"],
  ["CANCELED", "failed"],
  ["FAILED", "failed"],
  ["DISPUTED", "disputed"],
  ["CHARGEBACK", "disputed"],
  ["CHARGED_BACK", "disputed"],
  ["REFUNDED", "refunded"],
]);

/** Reads an order at an event of that type. */
export function readOrder(order: Json, type: string): Said {
  const id = idOf(order.id);
  const standing = standingOf(order, type);
  const bodies = [
    buyerOf(order),
    saleOf(order, standing),
    disputeOf(order, standing, type),
    standing === "refunded" ? fullRefundOf(order) : null,
  ];
  const subscription = type === "order.updated" ? idOf(order.subscription_id) : null;
  return {
    refs: [refTo("order", id), refTo("subscription", subscription)],
    bodies: present(bodies),
  };
}

function disputeOf(order: Json, standing: Standing, type: string): FactBody | null {
  const dispute = idOf(order.id) ?? "";
  if (standing === "disputed") return { kind: "dispute", dispute, state: "open" };
  const history = listOf(objectOf(order.status).history).map(statusOf);
  const wasDisputed = history.some((status) => STANDINGS.get(status ?? "") === "disputed");
  // The standing of a webhook may come from its name alone: here the order itself has to say so.
  const isCompleted = STANDINGS.get(statusOf(order.status) ?? "") === "paid";
  const isWon = type !== "order.created" && standing === "paid" && isCompleted && wasDisputed;
  return isWon ? { kind: "dispute", dispute, state: "won" } : null;
}

function standingOf(order: Json, type: string): Standing {
  const status = statusOf(order.status);
  const known = status === null ? null : (STANDINGS.get(status) ?? "pending");
  switch (type) {
    case "order.disputed":
      return "disputed";
    case "order.completed":
      return known === null || known === "pending" ? "paid" : known;
    default:
      return (known ?? "pending") === "pending" && isFree(order) ? "paid" : (known ?? "pending");
  }
}

/** The status stands up to three objects deep. */
function statusOf(value: unknown): string | null {
  const text = textOf(value);
  if (text !== null) return text.toUpperCase();
  const inner = objectOf(value).status;
  return inner === undefined ? null : statusOf(inner);
}

/** A dispute or refund is of a payment that was made. */
function saleOf(order: Json, standing: Standing): FactBody {
  const isPaid = standing === "paid" || standing === "disputed" || standing === "refunded";
  const state = isPaid ? "paid" : standing;
  return { kind: "sale", state, products: productsOf(order), ...orderPrice(order), untilMs: null };
}

function fullRefundOf(order: Json): FactBody {
  return { kind: "refundTotal", refunded: orderPrice(order).amount ?? 0, isFull: true };
}

function buyerOf(order: Json): FactBody {
  const customer = objectOf(order.customer_information);
  const [first] = listOf(order.customers).map(objectOf);
  const people = [customer, objectOf(order.customer), objectOf(order.buyer), first ?? {}];
  const emails = [...people.map((person) => person.email), order.email, order.customer_email];
  const ids = [order.customer_id, ...people.map((person) => person.id)];
  return {
    kind: "buyer",
    userId: carriedUserId(order),
    customer: ids.map(idOf).find((id) => id !== null) ?? null,
    email: emails.map(textOf).find((email) => email !== null) ?? null,
    ip: textOf(customer.ip),
  };
}

function productsOf(order: Json): ProductRef[] {
  const lines = [...listOf(order.product_variants), ...listOf(order.products)];
  const variants = [
    ...listOf(order.product_variants).map((line) => objectOf(line).product_variant_id),
    order.product_variant_id,
    order.variant_id,
    order.variant,
  ];
  const products = [
    order.product_id,
    order.product,
    ...listOf(order.products),
    ...lines.map((line) => objectOf(line).product_id),
  ];
  return [
    ...new Set(idsOf(variants).map((id): ProductRef => `variant:${id}`)),
    ...new Set(idsOf(products).map((id): ProductRef => `product:${id}`)),
  ];
}

function idsOf(values: readonly unknown[]): string[] {
  return values.map(idOf).filter((id) => id !== null);
}
