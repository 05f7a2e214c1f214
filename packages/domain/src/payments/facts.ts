/**
 * What a provider's event says, in words that are the same for all providers. The readers make
 * facts out of raw bodies; `foldPurchase` makes a purchase out of facts. Facts are never edited.
 *
 * Amounts are whole minor units (cents) of their currency. Times are the provider's.
 */
import type { Provider, Ref } from "./refs.ts";

/** What was sold, most specific first: `price:price_1`, `plan:plan_1`, `variant:7`, `product:prod_1`. */
export type ProductRef = `${"price" | "plan" | "variant" | "product"}:${string}`;

/** Narrows a stored text to a product's ref. */
export function isProductRef(text: string): text is ProductRef {
  return /^(price|plan|variant|product):./.test(text);
}

/** Carried by every fact: when it was so, the key of its event, and all refs that it names. */
export interface FactHead {
  readonly atMs: number;
  readonly key: string;
  readonly refs: readonly Ref[];
}

/** Who bought, as far as the event says. `ip` only where the provider tells it. */
export interface BuyerFact {
  readonly kind: "buyer";
  readonly userId: string | null;
  readonly customer: string | null;
  readonly email: string | null;
  readonly ip: string | null;
}

/** A payment that stands alone: no renewal follows. `untilMs` only if the provider itself ends it. */
export interface SaleFact {
  readonly kind: "sale";
  readonly state: "pending" | "paid" | "failed";
  readonly products: readonly ProductRef[];
  readonly amount: number | null;
  readonly currency: string | null;
  readonly untilMs: number | null;
}

/** A subscription as it stood at that time, whole. */
export interface SubscriptionFact {
  readonly kind: "subscription";
  readonly state: "pending" | "trialing" | "active" | "pastDue" | "unpaid" | "paused" | "ended";
  /** End of the running period or trial; null if it has none. */
  readonly periodEndMs: number | null;
  /** When it will end by a cancellation already made; null if it renews. */
  readonly cancelAtMs: number | null;
  readonly products: readonly ProductRef[];
}

/** A subscription's payment. The period is null where the provider does not say what it pays for. */
export interface InvoiceFact {
  readonly kind: "invoice";
  readonly state: "paid" | "failed" | "void";
  readonly fromMs: number | null;
  readonly untilMs: number | null;
  /** Paid for a change within a period, not for a period. */
  readonly isChange: boolean;
  readonly products: readonly ProductRef[];
  readonly amount: number | null;
  readonly currency: string | null;
}

/** One refund of a payment. `pending` counts as refunded until it fails. */
export interface RefundFact {
  readonly kind: "refund";
  readonly refund: string;
  readonly state: "pending" | "succeeded" | "failed";
  readonly amount: number | null;
}

/** All that was refunded of a payment so far, as the payment itself says. */
export interface RefundTotalFact {
  readonly kind: "refundTotal";
  readonly refunded: number;
  readonly isFull: boolean;
}

/** A dispute. `noted` is an inquiry: no money has moved, access stays. */
export interface DisputeFact {
  readonly kind: "dispute";
  readonly dispute: string;
  readonly state: "noted" | "open" | "won" | "lost";
}

/** A warning that a payment may be fraud. Noted only. */
export interface WarningFact {
  readonly kind: "warning";
}

/** Says only that its refs belong together. */
export interface LinkFact {
  readonly kind: "link";
}

/** One thing a provider said. */
export type Fact = FactHead & FactBody;

/** A fact without its head. */
export type FactBody =
  | BuyerFact
  | SaleFact
  | SubscriptionFact
  | InvoiceFact
  | RefundFact
  | RefundTotalFact
  | DisputeFact
  | WarningFact
  | LinkFact;

/** An event as read from its raw body. */
export interface PaymentEvent {
  readonly provider: Provider;
  /** The provider's name of the event, as sent. */
  readonly type: string;
  /** Tells repeats of an event apart from other events. */
  readonly eventKey: string;
  /** Null if the body has no time: then the facts carry the time of receipt. */
  readonly occurredAtMs: number | null;
  readonly facts: readonly Fact[];
  /** Pairs of refs that belong together. */
  readonly links: readonly [Ref, Ref][];
  /** Every ref the event names; empty if it concerns no purchase. */
  readonly about: readonly Ref[];
  /** Not real money. */
  readonly isTest: boolean;
  /** Whether this version understands the type. An unknown one has no facts and harms nothing. */
  readonly known: boolean;
}

/** Why a body was refused. Stable. */
export type PaymentRefusalCode =
  | "not_json"
  | "not_an_object"
  | "thin_event"
  | "unknown_envelope"
  | "missing_field";

/** The outcome of reading a body. */
export type ReadPaymentEvent =
  | { readonly ok: true; readonly event: PaymentEvent }
  | { readonly ok: false; readonly code: PaymentRefusalCode; readonly message: string };
