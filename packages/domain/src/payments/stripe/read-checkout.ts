/**
 * A checkout session: who bought, and, if it takes a payment that stands alone, the sale.
 *
 * Which product it was is not in the event: it is our own metadata (`heliograph_price`,
 * `heliograph_product`), or the line items where they were asked for.
 */
import type { FactBody, ProductRef } from "../facts.ts";
import { idOf, type Json, listOf, numberOf, objectOf, textOf } from "../json-fields.ts";
import { present, refTo, type Said } from "../payment-event.ts";
import { carriedUserId } from "./carried-user.ts";
import { productsOf } from "./stripe-products.ts";

const PAID = ["paid", "no_payment_required"];
const FAILED_TYPES = ["checkout.session.async_payment_failed", "checkout.session.expired"];

/** Reads a session as it was at an event of that type. */
export function readCheckout(session: Json, type: string): Said {
  const refs = [
    refTo("checkout", idOf(session.id)),
    refTo("subscription", idOf(session.subscription)),
    refTo("payment_intent", idOf(session.payment_intent)),
    refTo("invoice", idOf(session.invoice)),
  ];
  return { refs, bodies: present([buyerOf(session), saleOf(session, type)]) };
}

function buyerOf(session: Json): FactBody {
  const details = objectOf(session.customer_details);
  return {
    kind: "buyer",
    userId: textOf(session.client_reference_id) ?? carriedUserId(session),
    customer: idOf(session.customer),
    email: textOf(details.email) ?? textOf(session.customer_email),
    ip: null,
  };
}

function saleOf(session: Json, type: string): FactBody | null {
  if (session.mode !== "payment") return null;
  return {
    kind: "sale",
    state: stateOf(session, type),
    products: soldProducts(session),
    amount: numberOf(session.amount_total),
    currency: textOf(session.currency),
    untilMs: null,
  };
}

function stateOf(session: Json, type: string): "paid" | "failed" | "pending" {
  if (FAILED_TYPES.includes(type)) return "failed";
  return PAID.some((status) => status === session.payment_status) ? "paid" : "pending";
}

function soldProducts(session: Json): ProductRef[] {
  const metadata = objectOf(session.metadata);
  const ours = [
    { price: textOf(metadata.heliograph_price) },
    { plan: { product: textOf(metadata.heliograph_product) } },
  ];
  const lines = listOf(objectOf(session.line_items).data).map(objectOf);
  return productsOf([...ours, ...lines]);
}
