/**
 * Whether somebody may pay for a plan, given what they have: nobody pays twice for one thing.
 *
 * [BUY1] A fixed term can be bought again: it stacks. Not while a subscription of its tier runs: it would run beside it.
 * [BUY2] A subscription is refused while its tier is owned, however it was paid.
 * [BUY3] While a subscription runs, another one is a change of it, made at its provider.
 * [BUY4] While a payment for a plan is under way, the plan is not sold again.
 *
 *                          has: subscription, same tier   other tier    fixed term, same tier   other tier
 *   buys a subscription         already_subscribed        change_plan   already_owned           allowed
 *   buys a fixed term           already_subscribed        allowed       allowed (stacks)        allowed
 */
import type { Provider } from "../payments/refs.ts";
import type { Tier } from "../tiers.ts";

/** What somebody bought. */
export interface HeldPurchase {
  readonly planId: string;
  readonly provider: Provider;
  readonly tier: Tier;
  readonly kind: "recurring" | "fixed";
  /** `pending`: paying is under way. `over`: it opens nothing any more. */
  readonly phase: "pending" | "current" | "over";
  /** When it ends if nothing happens; null: no end is known. */
  readonly untilMs: number | null;
}

export type BuyRefusalCode =
  | "already_subscribed"
  | "change_plan"
  | "already_owned"
  | "payment_processing";

/** Why a plan is not sold to somebody. `held` is the purchase in the way. */
export interface BuyRefusal {
  readonly code: BuyRefusalCode;
  readonly held: HeldPurchase;
  /** For the customer. */
  readonly message: string;
}

const MESSAGES: Record<BuyRefusalCode, string> = {
  already_subscribed: "You have a subscription that opens this already.",
  change_plan: "You have a subscription: change it instead of buying a second one.",
  already_owned: "You have paid for this tier already. You can subscribe when that time is over.",
  payment_processing: "Your payment for this plan is still being processed.",
};

/** Null when the plan may be bought. */
export function refusePurchase(
  plan: { readonly id: string; readonly tier: Tier; readonly kind: "recurring" | "fixed" },
  held: readonly HeldPurchase[],
  nowMs: number,
): BuyRefusal | null {
  const pending = held.find(({ phase, planId }) => phase === "pending" && planId === plan.id);
  if (pending !== undefined) return refusal("payment_processing", pending);
  const current = held.filter((purchase) => isCurrent(purchase, nowMs));
  const ofTier = current.filter(({ tier }) => tier === plan.tier);
  const subscribed = ofTier.find(({ kind }) => kind === "recurring");
  if (subscribed !== undefined) return refusal("already_subscribed", subscribed);
  if (plan.kind === "fixed") return null;
  const subscription = current.find(({ kind }) => kind === "recurring");
  if (subscription !== undefined) return refusal("change_plan", subscription);
  const [owned] = ofTier;
  return owned === undefined ? null : refusal("already_owned", owned);
}

/** Whether it opens something now. */
export function isCurrent({ phase, untilMs }: HeldPurchase, nowMs: number): boolean {
  return phase === "current" && (untilMs === null || untilMs > nowMs);
}

function refusal(code: BuyRefusalCode, held: HeldPurchase): BuyRefusal {
  return { code, held, message: MESSAGES[code] };
}
