/** Whop's objects as its API v1 and its webhooks show them. */

export type MembershipStatus =
  | "trialing"
  | "active"
  | "past_due"
  | "completed"
  | "canceled"
  | "expired"
  | "canceling";

export type Metadata = Record<string, string>;
export type WhopUser = { id: string; email: string; name: string | null; username: string };

export type Membership = {
  id: string;
  cancel_at_period_end: boolean;
  cancel_option: string | null;
  canceled_at: string | null;
  cancellation_reason: string | null;
  checkout_configuration_id: string | null;
  company: { id: string; title: string };
  created_at: string;
  currency: string;
  custom_field_responses: { id: string; question: string; answer: string }[];
  joined_at: string;
  license_key: string | null;
  manage_url: string;
  member: { id: string };
  metadata: Metadata;
  payment_collection_paused: boolean;
  plan: { id: string; metadata: Metadata };
  product: { id: string; metadata: Metadata; title: string };
  promo_code: null;
  renewal_period_end: string | null;
  renewal_period_start: string | null;
  status: MembershipStatus;
  updated_at: string;
  user: WhopUser;
};

export type Substatus =
  | "succeeded"
  | "pending"
  | "failed"
  | "past_due"
  | "refunded"
  | "partially_refunded"
  | "dispute_needs_response"
  | "dispute_won"
  | "dispute_lost";

export type BillingReason =
  | "subscription_create"
  | "subscription_cycle"
  | "subscription_update"
  | "one_time";

export type Payment = {
  id: string;
  amount_after_fees: number;
  application_fee: null;
  auto_refunded: boolean;
  billing_address: null;
  billing_reason: BillingReason;
  card_brand: null;
  card_last4: null;
  checkout_configuration_id: string | null;
  company: { id: string; route: string; title: string };
  created_at: string;
  currency: string;
  dispute_alerted_at: null;
  disputes: { id: string; status: string }[];
  failure_message: string | null;
  financing_installments_count: null;
  financing_transactions: [];
  last_payment_attempt: string | null;
  member: { id: string; phone: null };
  membership: { id: string; phone_number: null; status: MembershipStatus };
  metadata: Metadata;
  next_payment_attempt: string | null;
  paid_at: string | null;
  payment_method: null;
  payment_method_type: "card";
  payments_failed: number;
  plan: { id: string; internal_notes: null; metadata: Metadata };
  product: { id: string; metadata: Metadata; route: string; title: string };
  promo_code: null;
  refundable: boolean;
  refunded_amount: number;
  refunded_at: string | null;
  refunds: { id: string; amount: number }[];
  resolutions: [];
  retryable: boolean;
  risk_score: null;
  risk_signals: null;
  settlement_amount: number;
  settlement_currency: string;
  settlement_exchange_rate: null;
  shipping_address: null;
  status: "draft" | "open" | "paid" | "pending";
  substatus: Substatus;
  subtotal: number;
  tax_amount: number;
  tax_behavior: null;
  tax_refunded_amount: number;
  three_ds_verified: boolean;
  total: number;
  updated_at: string;
  usd_total: number;
  user: WhopUser;
  voidable: boolean;
};

export type RefundPayment = Pick<
  Payment,
  | "id"
  | "billing_reason"
  | "card_brand"
  | "card_last4"
  | "created_at"
  | "currency"
  | "dispute_alerted_at"
  | "membership"
  | "member"
  | "metadata"
  | "paid_at"
  | "payment_method_type"
  | "plan"
  | "product"
  | "subtotal"
  | "tax_amount"
  | "tax_behavior"
  | "tax_refunded_amount"
  | "total"
  | "usd_total"
  | "user"
>;

export type Refund = {
  id: string;
  amount: number;
  created_at: string;
  currency: string;
  payment: RefundPayment;
  provider: "stripe";
  provider_created_at: string;
  reference_status: "pending";
  reference_type: "acquirer_reference_number";
  reference_value: null;
  status: "succeeded";
};

export type Dispute = {
  id: string;
  amount: number;
  company: { id: string; title: string };
  created_at: string;
  currency: string;
  editable: boolean;
  needs_response_by: string | null;
  payment: RefundPayment;
  plan: { id: string };
  product: { id: string; title: string };
  reason: string;
  status: "needs_response" | "under_review" | "won" | "lost";
  visa_rdr: boolean;
};

export type CheckoutConfiguration = {
  id: string;
  affiliate_code: null;
  company_id: string;
  currency: string;
  metadata: Metadata;
  mode: "payment";
  payment_method_configuration: null;
  plan: { id: string };
  purchase_url: string;
  redirect_url: string | null;
};

/** The envelope of API version v1. */
export type Event = {
  id: string;
  api_version: "v1";
  api_version_date: string | null;
  timestamp: string;
  type: string;
  company_id: string;
  data: unknown;
  previous_attributes?: Record<string, unknown>;
};

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function refundPaymentOf(payment: Payment): RefundPayment {
  const { id, billing_reason, card_brand, card_last4, created_at, currency } = payment;
  const { dispute_alerted_at, membership, member, metadata, paid_at, payment_method_type } =
    payment;
  const { plan, product, subtotal, tax_amount, tax_behavior, tax_refunded_amount } = payment;
  const { total, usd_total, user } = payment;
  return {
    ...{ id, billing_reason, card_brand, card_last4, created_at, currency, dispute_alerted_at },
    ...{ membership, member, metadata, paid_at, payment_method_type, plan, product, subtotal },
    ...{ tax_amount, tax_behavior, tax_refunded_amount, total, usd_total, user },
  };
}

export function isMembership(data: unknown): data is Membership {
  return typeof data === "object" && data !== null && "renewal_period_end" in data;
}
