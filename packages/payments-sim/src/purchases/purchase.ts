/**
 * What every provider can tell of a purchase and do to it, in the same words.
 *
 * `access` is the truth a seller's system is measured against, under one
 * written policy [PTRU1]: access runs to the end of what is paid (or on trial);
 * a full refund of the newest payment ends it at once, a partial one does not;
 * an open or lost dispute suspends it, a won one restores it; a renewal that
 * failed gives nothing beyond the paid end; an ended subscription ends it.
 */

export const PROVIDERS = ["stripe", "whop", "sellapp"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export type Access = {
  productId: string;
  planId: string;
  /** null: without end. */
  untilMs: number | null;
};

export type Purchase = {
  provider: ProviderName;
  /** The provider's id of it: sub_..., pi_... or cs_..., mem_..., a Sell.app invoice number. */
  id: string;
  kind: "subscription" | "oneTime";
  /** The provider's own word. */
  status: string;
  email: string;
  customerId: string | null;
  /** What the seller's checkout carried to say whose it is; null when nothing. */
  userRef: string | null;
  productId: string;
  productName: string;
  planId: string;
  amount: number;
  currency: string;
  createdMs: number;
  /** End of what is paid or on trial; null: without end, or nothing paid. */
  paidUntilMs: number | null;
  paid: boolean;
  cancelAtPeriodEnd: boolean;
  endedMs: number | null;
  refunded: "none" | "partial" | "full";
  dispute: "none" | "open" | "won" | "lost";
  /** Whether the next renewal will be declined. */
  renewalFails: boolean;
  access: Access | null;
};

export type PurchaseAction =
  /** The newest payment; all that is left of it unless an amount is given. */
  | { do: "refund"; amount?: number }
  | { do: "dispute" }
  | { do: "winDispute" }
  | { do: "loseDispute" }
  | { do: "cancel"; now?: boolean }
  | { do: "resume" }
  /** From now on charges of this customer are declined (true) or accepted (false). */
  | { do: "failRenewals"; fails: boolean }
  /** Collects what is owed; declined if charges still fail. */
  | { do: "payOpenInvoice" }
  | { do: "changePlan"; planId: string }
  | { do: "changeEmail"; email: string }
  /** Stripe only: the bank suspects fraud before anybody disputes. */
  | { do: "warnOfFraud" };

export const ACTIONS = [
  "refund",
  "dispute",
  "winDispute",
  "loseDispute",
  "cancel",
  "resume",
  "failRenewals",
  "payOpenInvoice",
  "changePlan",
  "changeEmail",
  "warnOfFraud",
] as const satisfies readonly PurchaseAction["do"][];

export type Order = {
  planId: string;
  email: string;
  /** Carried as the seller's checkout would carry it. */
  userRef?: string;
  /** What else the seller's checkout would put on it. */
  metadata?: Record<string, string>;
};

/** One payment provider. Actions throw a Refusal when the purchase is not in a state for them. */
export type Provider = {
  readonly name: ProviderName;
  purchases(): Purchase[];
  /** Buys as a person would who pays at once. */
  buy(order: Order): Purchase;
  act(purchaseId: string, action: PurchaseAction): Purchase;
};

type AccessFacts = Omit<Purchase, "access">;

/** The written policy above, as a function. */
export function decideAccess(facts: AccessFacts, nowMs: number): Access | null {
  if (!facts.paid || facts.refunded === "full") return null;
  if (facts.dispute === "open" || facts.dispute === "lost") return null;
  if (facts.endedMs !== null && facts.endedMs <= nowMs) return null;
  if (facts.paidUntilMs !== null && facts.paidUntilMs <= nowMs) return null;
  return { productId: facts.productId, planId: facts.planId, untilMs: facts.paidUntilMs };
}

export function withAccess(facts: AccessFacts, nowMs: number): Purchase {
  return { ...facts, access: decideAccess(facts, nowMs) };
}
