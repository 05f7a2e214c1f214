/** A new, pending order as Sell.app shows it. Amounts are texts in cents. */
import type { Plan } from "../catalogue/catalogue.ts";
import type { AdditionalInformation, Invoice, Money } from "./objects.ts";

export function makeInvoice(facts: {
  id: number;
  lineId: number;
  customerId: number;
  plan: Plan;
  total: number;
  email: string;
  ip: string;
  additional: AdditionalInformation[];
  transactionId: string;
  subscriptionId: number | null;
  storeId: number;
  nowMs: number;
  expiresMs: number;
}): Invoice {
  const now = new Date(facts.nowMs).toISOString();
  const currency = facts.plan.currency.toUpperCase();
  const money = (cents: number): Money => ({ currency, total: totals(cents) });
  const price = { base: String(facts.total), currency, total: totals(facts.total) };
  const status = { status: "PENDING" as const, setAt: now, updatedAt: now };
  return {
    id: facts.id,
    payment: {
      fee: money(0),
      gateway: {
        type: facts.total === 0 ? "FREE" : "STRIPE",
        data: { transaction_id: facts.transactionId, customer_email: facts.email },
      },
      subtotal: money(facts.total),
      expires_at: new Date(facts.expiresMs).toISOString(),
      full_price: price,
      original_amount: price,
      refunded_amount: "0",
    },
    status: { history: [status], status },
    webhooks: [],
    feedback: null,
    created_at: now,
    updated_at: now,
    store_id: facts.storeId,
    coupon_id: null,
    subscription_id: facts.subscriptionId,
    customer_information: {
      id: facts.customerId,
      email: facts.email,
      country: "US",
      location: "Simulated",
      ip: facts.ip,
      proxied: false,
      browser_agent: "payments-sim",
      vat: null,
      discord_data: null,
      billing_details: null,
    },
    products: [Number(facts.plan.product.id)],
    product_variants: [
      {
        id: facts.lineId,
        product_id: Number(facts.plan.product.id),
        product_variant_id: Number(facts.plan.id),
        product_title: facts.plan.product.name,
        quantity: 1,
        additional_information: facts.additional,
      },
    ],
  };
}

function totals(cents: number): Money["total"] {
  return { inclusive: String(cents), exclusive: String(cents) };
}
