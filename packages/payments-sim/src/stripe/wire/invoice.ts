/** Invoices, their lines and payments as Stripe shows them; the subscription stands under `parent`. */
import type Stripe from "stripe";
import { decimal, type Invoice, type InvoicePayment, type Line, listOf } from "../objects.ts";
import type { Span } from "./subscription.ts";

export type LineFacts = {
  id: string;
  amount: number;
  description: string;
  period: Span;
  proration: boolean;
  price: string;
  product: string;
  unitAmount: number;
  quantity: number;
  item: string;
};

export type InvoiceFacts = {
  id: string;
  number: string;
  created: number;
  reason: Stripe.Invoice.BillingReason;
  customer: string;
  email: string | null;
  currency: string;
  subscription: string;
  metadata: Record<string, string>;
  period: Span;
  lines: readonly LineFacts[];
};

/** A draft. */
export function makeInvoice(facts: InvoiceFacts): Invoice {
  const total = facts.lines.reduce((sum, { amount }) => sum + amount, 0);
  return {
    id: facts.id,
    object: "invoice",
    account_country: "US",
    account_name: "Simulated seller",
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: total,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: {
      disabled_reason: null,
      enabled: false,
      liability: null,
      provider: null,
      status: null,
    },
    automatically_finalizes_at: null,
    billing_reason: facts.reason,
    collection_method: "charge_automatically",
    created: facts.created,
    currency: facts.currency,
    custom_fields: null,
    customer: facts.customer,
    customer_account: null,
    customer_address: null,
    customer_email: facts.email,
    customer_name: null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: "none",
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: facts.created,
    ending_balance: 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(
      facts.lines.map((line) => makeLine(line, facts)),
      `/v1/invoices/${facts.id}/lines`,
    ),
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: facts.number,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: facts.metadata, subscription: facts.subscription },
      type: "subscription_details",
    },
    payment_settings: {
      default_mandate: null,
      payment_method_options: null,
      payment_method_types: null,
    },
    period_end: facts.period.end,
    period_start: facts.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: "draft",
    status_transitions: {
      finalized_at: null,
      marked_uncollectible_at: null,
      paid_at: null,
      voided_at: null,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: facts.created,
  };
}

function makeLine(line: LineFacts, invoice: InvoiceFacts): Line {
  return {
    id: line.id,
    object: "line_item",
    amount: line.amount,
    currency: invoice.currency,
    description: line.description,
    discount_amounts: [],
    discountable: !line.proration,
    discounts: [],
    invoice: invoice.id,
    livemode: false,
    metadata: invoice.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: line.proration,
        proration_details: { credited_items: null },
        subscription: invoice.subscription,
        subscription_item: line.item,
      },
      type: "subscription_item_details",
    },
    period: line.period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: line.price, product: line.product },
      type: "price_details",
      unit_amount_decimal: decimal(line.unitAmount),
    },
    quantity: line.quantity,
    quantity_decimal: decimal(line.quantity),
    subscription: invoice.subscription,
    subtotal: line.amount,
    taxes: [],
  };
}

export function makeInvoicePayment(facts: {
  id: string;
  created: number;
  invoice: string;
  amount: number;
  currency: string;
  intent: string;
}): InvoicePayment {
  return {
    id: facts.id,
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: facts.amount,
    created: facts.created,
    currency: facts.currency,
    invoice: facts.invoice,
    is_default: true,
    livemode: false,
    payment: { payment_intent: facts.intent, type: "payment_intent" },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  };
}
