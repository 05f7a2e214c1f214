/**
 * An invoice of Stripe's: what it was for, for which period, and whether it was paid. One that belongs to
 * no subscription is a sale that stands alone.
 */
import type { FactBody, InvoiceFact } from "../facts.ts";
import { idOf, type Json, listOf, numberOf, objectOf, secondsMs, textOf } from "../json-fields.ts";
import { refTo, type Said } from "../payment-event.ts";
import type { Ref } from "../refs.ts";
import { carriedUserId } from "./carried-user.ts";
import { productsOf } from "./stripe-products.ts";

const STATES: ReadonlyMap<string, InvoiceFact["state"]> = new Map<string, InvoiceFact["state"]>([
  ["invoice.paid", "paid"],
  ["invoice.payment_succeeded", "paid"],
  ["invoice.payment_failed", "failed"],
  ["invoice.payment_action_required", "failed"],
  ["invoice.voided", "void"],
  ["invoice.marked_uncollectible", "void"],
]);

/** Reads an invoice at an event of that type. */
export function readInvoice(invoice: Json, type: string): Said {
  const subscription = subscriptionOf(invoice);
  const refs = [
    refTo("invoice", idOf(invoice.id)),
    refTo("subscription", subscription),
    refTo("payment_intent", idOf(invoice.payment_intent)),
    refTo("charge", idOf(invoice.charge)),
    ...listOf(objectOf(invoice.payments).data).flatMap((payment) => paymentRefs(objectOf(payment))),
  ];
  const state = STATES.get(type) ?? "void";
  const payment = subscription === null ? saleOf(invoice, state) : periodPaidBy(invoice, state);
  return { refs, bodies: [buyerOf(invoice), payment] };
}

/** Reads the link between an invoice and what paid it, which newer invoices do not carry themselves. */
export function readInvoicePayment(paid: Json): Said {
  return { refs: [refTo("invoice", idOf(paid.invoice)), ...paymentRefs(paid)], bodies: [] };
}

function paymentRefs(invoicePayment: Json): (Ref | null)[] {
  const payment = objectOf(invoicePayment.payment);
  return [
    refTo("payment_intent", idOf(payment.payment_intent)),
    refTo("charge", idOf(payment.charge)),
  ];
}

function subscriptionOf(invoice: Json): string | null {
  const parent = objectOf(objectOf(invoice.parent).subscription_details);
  return idOf(parent.subscription) ?? idOf(invoice.subscription);
}

function buyerOf(invoice: Json): FactBody {
  return {
    kind: "buyer",
    userId: carriedUserId(invoice),
    customer: idOf(invoice.customer),
    email: textOf(invoice.customer_email),
    ip: null,
  };
}

function saleOf(invoice: Json, state: InvoiceFact["state"]): FactBody {
  const lines = linesOf(invoice);
  return {
    kind: "sale",
    state: state === "void" ? "failed" : state,
    products: productsOf(lines),
    amount: numberOf(invoice.amount_paid),
    currency: textOf(invoice.currency),
    untilMs: null,
  };
}

function periodPaidBy(invoice: Json, state: InvoiceFact["state"]): FactBody {
  const line = longestLine(linesOf(invoice));
  const period = objectOf(line?.period);
  return {
    kind: "invoice",
    state,
    fromMs: secondsMs(period.start),
    untilMs: secondsMs(period.end),
    isChange: invoice.billing_reason === "subscription_update",
    products: line === undefined ? [] : productsOf([line]),
    amount: numberOf(invoice.amount_paid),
    currency: textOf(invoice.currency),
  };
}

/** The line for the coming period: the one that ends last, credits for the past left aside. */
function longestLine(lines: readonly Json[]): Json | undefined {
  const endOf = (line: Json) => secondsMs(objectOf(line.period).end) ?? 0;
  return lines
    .filter((line) => (numberOf(line.amount) ?? 0) >= 0)
    .toSorted((a, b) => endOf(a) - endOf(b))
    .at(-1);
}

function linesOf(invoice: Json): Json[] {
  return listOf(objectOf(invoice.lines).data).map(objectOf);
}
