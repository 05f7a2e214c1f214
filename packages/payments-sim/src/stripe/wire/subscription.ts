/** A subscription and its item as Stripe shows them; the period stands on the item, not on the subscription. */
import type { Item, Price, Subscription } from "../objects.ts";
import { listOf } from "../objects.ts";

export type Span = { start: number; end: number };

export function makeItem(facts: {
  id: string;
  subscription: string;
  price: Price;
  quantity: number;
  created: number;
  period: Span;
}): Item {
  return {
    id: facts.id,
    object: "subscription_item",
    billed_until: null,
    billing_thresholds: null,
    created: facts.created,
    current_period_end: facts.period.end,
    current_period_start: facts.period.start,
    current_trial: null,
    discounts: [],
    metadata: {},
    price: facts.price,
    quantity: facts.quantity,
    subscription: facts.subscription,
    tax_rates: [],
  } as unknown as Item; // "as": the library also wants the deprecated plan, which newer accounts do not send
}

export function makeSubscription(facts: {
  id: string;
  customer: string;
  created: number;
  anchor: number;
  currency: string;
  item: Item;
  trialEnd: number | null;
  metadata: Record<string, string>;
}): Subscription {
  return {
    id: facts.id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: facts.anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: "classic" },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: "charge_automatically",
    created: facts.created,
    currency: facts.currency,
    customer: facts.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    items: listOf([facts.item], `/v1/subscription_items?subscription=${facts.id}`),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: facts.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: "off",
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: facts.created,
    status: facts.trialEnd === null ? "incomplete" : "trialing",
    test_clock: null,
    transfer_data: null,
    trial_end: facts.trialEnd,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: "create_invoice" },
    },
    trial_start: facts.trialEnd === null ? null : facts.created,
  };
}
