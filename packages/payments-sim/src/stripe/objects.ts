/**
 * Stripe's objects as they go over the wire, typed by the official library.
 * References are always ids here; the API expands them on demand.
 */
import type Stripe from "stripe";

/** The same object with those references held as ids. */
type WithIds<T, K extends keyof T> = Omit<T, K> & {
  [P in K]: Extract<T[P], string | null | undefined>;
};

export type Customer = Stripe.Customer;
export type Product = Stripe.Product;
export type Price = WithIds<Stripe.Price, "product">;
export type Session = WithIds<
  Stripe.Checkout.Session,
  "customer" | "subscription" | "payment_intent" | "invoice"
>;
export type Subscription = WithIds<Stripe.Subscription, "customer" | "latest_invoice">;
export type Item = Stripe.SubscriptionItem;
export type Invoice = WithIds<Stripe.Invoice, "customer">;
export type Line = Stripe.InvoiceLineItem;
export type InvoicePayment = WithIds<Stripe.InvoicePayment, "invoice">;
export type Intent = WithIds<Stripe.PaymentIntent, "customer" | "latest_charge">;
export type Charge = WithIds<Stripe.Charge, "customer" | "payment_intent">;
export type Refund = WithIds<Stripe.Refund, "charge" | "payment_intent" | "customer">;
export type Dispute = WithIds<Stripe.Dispute, "charge" | "payment_intent">;
export type Warning = WithIds<Stripe.Radar.EarlyFraudWarning, "charge">;
export type PortalSession = WithIds<Stripe.BillingPortal.Session, "configuration">;

export type StripeObject =
  | Customer
  | Product
  | Price
  | Session
  | Subscription
  | Invoice
  | InvoicePayment
  | Intent
  | Charge
  | Refund
  | Dispute
  | Warning
  | PortalSession;

/** The event envelope; `data.object` is the object as it was at that moment. */
export type Event = {
  id: string;
  object: "event";
  api_version: string;
  created: number;
  data: { object: unknown; previous_attributes?: Record<string, unknown> };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
};

/** Stripe writes decimals as text; the library's type is what it makes of it. */
export function decimal(amount: number): Stripe.Decimal {
  return String(amount) as unknown as Stripe.Decimal;
}

export function listOf<T>(data: T[], url: string): Stripe.ApiList<T> {
  return { object: "list", data, has_more: false, url };
}
