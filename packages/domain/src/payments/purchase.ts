/** What one purchase is, as folded from its facts. Plain JSON, to be kept as it is. */
import type { ProductRef } from "./facts.ts";
import type { Provider, Ref } from "./refs.ts";

/** Where a purchase stands at its last fact. Each state has only its own fields. */
export type PurchaseStatus =
  | { readonly state: "pending" }
  | { readonly state: "failed"; readonly atMs: number }
  | { readonly state: "paid"; readonly atMs: number }
  | { readonly state: "trialing"; readonly untilMs: number | null }
  | { readonly state: "active"; readonly renewsAtMs: number | null }
  | { readonly state: "canceledAtPeriodEnd"; readonly untilMs: number }
  | { readonly state: "pastDue"; readonly sinceMs: number; readonly graceUntilMs: number }
  | { readonly state: "unpaid"; readonly sinceMs: number }
  | { readonly state: "paused"; readonly sinceMs: number }
  | { readonly state: "ended"; readonly atMs: number }
  | { readonly state: "refunded"; readonly atMs: number }
  | { readonly state: "disputed"; readonly sinceMs: number }
  | { readonly state: "chargedBack"; readonly atMs: number };

/** A time for which access is paid. `untilMs` null: no end is known. */
export interface Term {
  readonly fromMs: number;
  readonly untilMs: number | null;
  readonly products: readonly ProductRef[];
}

/** Who bought, as the provider says. The e-mail is the provider's: it proves nothing by itself. */
export interface Buyer {
  readonly userIdCarried: string | null;
  readonly customerRef: string | null;
  readonly email: string | null;
}

/** Money in minor units of `currency`: all that was paid, and all of it that went back. */
export interface Money {
  readonly amount: number;
  readonly refunded: number;
  readonly currency: string | null;
}

/** One purchase. */
export interface Purchase {
  readonly provider: Provider;
  readonly anchor: Ref;
  /** `recurring`: the provider keeps the calendar. `fixed`: paid once, the plan says for how many days. */
  readonly kind: "recurring" | "fixed";
  readonly status: PurchaseStatus;
  /**
   * Recurring: when access is paid for. Fixed: when its days may run (from the payment on, without
   * the times in which it was refunded or disputed). Ordered, never touching with the same products.
   */
  readonly terms: readonly Term[];
  /** What it is for now. Empty if no event has said so: then it has to be asked of the provider. */
  readonly products: readonly ProductRef[];
  readonly buyer: Buyer;
  /** Nothing was ever paid for it: a trial, or sold for nothing. */
  readonly isTrial: boolean;
  readonly paidAtMs: number | null;
  readonly money: Money;
  /** Inquiries and fraud warnings; they change nothing by themselves. */
  readonly warnings: number;
  readonly lastFactAtMs: number;
}
