/** Sell.app's invoices (orders) and subscriptions, as API v2 and the store webhooks show them. */

export type InvoiceStatus = "PENDING" | "COMPLETED" | "VOIDED" | "DISPUTED" | "REFUNDED";

/** The status stands three deep: `invoice.status.status.status`. */
export type StatusEntry = { status: InvoiceStatus; setAt: string; updatedAt: string };

export type Money = { currency: string; total: { inclusive: string; exclusive: string } };

export type AdditionalInformation = { key: string; label: string; value: string };

export type Invoice = {
  id: number;
  payment: {
    fee: Money;
    gateway: { type: string; data: { transaction_id: string; customer_email: string } };
    subtotal: Money;
    expires_at: string;
    full_price: { base: string; currency: string; total: Money["total"] };
    original_amount: { base: string; currency: string; total: Money["total"] };
    refunded_amount: string;
  };
  status: { history: StatusEntry[]; status: StatusEntry };
  webhooks: [];
  feedback: null;
  created_at: string;
  updated_at: string;
  store_id: number;
  coupon_id: null;
  subscription_id: number | null;
  customer_information: {
    id: number;
    email: string;
    country: string | null;
    location: string;
    ip: string;
    proxied: boolean;
    browser_agent: string;
    vat: null;
    discord_data: null;
    billing_details: null;
  };
  products: number[];
  product_variants: {
    id: number;
    product_id: number;
    product_variant_id: number;
    product_title: string;
    quantity: number;
    additional_information: AdditionalInformation[];
  }[];
};

export type SubscriptionStatus = "ACTIVE" | "TRIALING" | "PAST_DUE" | "CANCELED";

export type Subscription = {
  id: number;
  status: SubscriptionStatus;
  provider_subscription_id: string;
  provider_customer_id: string;
  customer: { id: number; email: string; metadata: Record<string, string> };
  product_variant_id: number;
  cancel_at_period_end: boolean;
  current_period_start: string;
  current_period_end: string;
  trial_ends_at: string | null;
  canceled_at: string | null;
  ends_at: string | null;
  created_at: string;
  updated_at: string;
};

export type Body = { event: string; data: unknown; store: { id: number; name: string } };
