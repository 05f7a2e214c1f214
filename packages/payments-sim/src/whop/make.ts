/** New memberships and payments, as Whop shows them. Whop writes amounts in whole units, 29.99. */
import type { Plan } from "../catalogue/catalogue.ts";
import {
  type BillingReason,
  iso,
  type Membership,
  type MembershipStatus,
  type Metadata,
  type Payment,
  type WhopUser,
} from "./objects.ts";

export function makeMembership(facts: {
  id: string;
  memberId: string;
  companyId: string;
  plan: Plan;
  user: WhopUser;
  metadata: Metadata;
  configurationId: string | null;
  nowMs: number;
  endMs: number | null;
  status: MembershipStatus;
}): Membership {
  const now = iso(facts.nowMs);
  const { plan } = facts;
  return {
    id: facts.id,
    cancel_at_period_end: false,
    cancel_option: null,
    canceled_at: null,
    cancellation_reason: null,
    checkout_configuration_id: facts.configurationId,
    company: { id: facts.companyId, title: "Simulated seller" },
    created_at: now,
    currency: plan.currency,
    custom_field_responses: [],
    joined_at: now,
    license_key: null,
    manage_url: `https://whop.com/billing/manage/${facts.id}/`,
    member: { id: facts.memberId },
    metadata: facts.metadata,
    payment_collection_paused: false,
    plan: { id: plan.id, metadata: plan.metadata },
    product: { id: plan.product.id, metadata: plan.product.metadata, title: plan.product.name },
    promo_code: null,
    renewal_period_end: facts.endMs === null ? null : iso(facts.endMs),
    renewal_period_start: now,
    status: facts.status,
    updated_at: now,
    user: facts.user,
  };
}

export function makePayment(facts: {
  id: string;
  membership: Membership;
  plan: Plan;
  reason: BillingReason;
  nowMs: number;
}): Payment {
  const { membership, plan } = facts;
  const now = iso(facts.nowMs);
  const total = plan.amount / 100;
  const route = plan.product.id.replace(/^prod_/, "").toLowerCase();
  return {
    id: facts.id,
    amount_after_fees: total,
    application_fee: null,
    auto_refunded: false,
    billing_address: null,
    billing_reason: facts.reason,
    card_brand: null,
    card_last4: null,
    checkout_configuration_id: membership.checkout_configuration_id,
    company: { ...membership.company, route: "simulated-seller" },
    created_at: now,
    currency: plan.currency,
    dispute_alerted_at: null,
    disputes: [],
    failure_message: null,
    financing_installments_count: null,
    financing_transactions: [],
    last_payment_attempt: null,
    member: { id: membership.member.id, phone: null },
    membership: { id: membership.id, phone_number: null, status: membership.status },
    metadata: membership.metadata,
    next_payment_attempt: null,
    paid_at: null,
    payment_method: null,
    payment_method_type: "card",
    payments_failed: 0,
    plan: { id: plan.id, internal_notes: null, metadata: plan.metadata },
    product: { ...membership.product, route },
    promo_code: null,
    refundable: false,
    refunded_amount: 0,
    refunded_at: null,
    refunds: [],
    resolutions: [],
    retryable: false,
    risk_score: null,
    risk_signals: null,
    settlement_amount: total,
    settlement_currency: plan.currency,
    settlement_exchange_rate: null,
    shipping_address: null,
    status: "open",
    substatus: "pending",
    subtotal: total,
    tax_amount: 0,
    tax_behavior: null,
    tax_refunded_amount: 0,
    three_ds_verified: false,
    total,
    updated_at: now,
    usd_total: total,
    user: membership.user,
    voidable: false,
  };
}
