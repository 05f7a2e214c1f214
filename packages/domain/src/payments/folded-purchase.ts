/** What the folds of both kinds of purchase have in common. */
import type { ProductRef } from "./facts.ts";
import type { Payment, Void } from "./payment-standing.ts";
import type { PurchaseStatus, Term } from "./purchase.ts";

/** What the fold of one kind of purchase gives; `foldPurchase` adds the rest. */
export interface FoldedPurchase {
  readonly status: PurchaseStatus;
  readonly terms: readonly Term[];
  readonly products: readonly ProductRef[];
  readonly payments: ReadonlyMap<string, Payment>;
  readonly isTrial: boolean;
  readonly paidAtMs: number | null;
}

/** How a purchase stands whose payment does not. */
export function statusOfVoid({ reason, sinceMs }: Void): PurchaseStatus {
  return reason === "disputed" ? { state: reason, sinceMs } : { state: reason, atMs: sinceMs };
}
