/**
 * What a person who comes back from a checkout is told. The truth is what the provider said to us;
 * that the browser came back proves nothing.
 *
 * [OUT1] Unlocked only when the purchase stands and access covers the plan's tier.
 * [OUT2] A checkout that is over without a purchase says so; a purchase that comes late still unlocks.
 */
import { compareTiers, type Tier } from "../tiers.ts";
import type { HeldPurchase } from "./may-buy.ts";

/** A checkout is open until the provider tells of a purchase, it runs out, or another one replaces it. */
export type CheckoutState = "open" | "completed" | "expired" | "abandoned";

/**
 *   waiting     nothing has been heard yet
 *   processing  the provider has not got the money yet (a bank transfer)
 *   settling    paid; access follows at any moment
 *   unlocked    paid, and access is there
 *   failed      the payment failed or was taken back
 *   expired     the checkout ran out, unpaid
 *   replaced    another checkout was begun for the same plan
 */
export type CheckoutOutcome =
  | "waiting"
  | "processing"
  | "settling"
  | "unlocked"
  | "failed"
  | "expired"
  | "replaced";

/** `purchase`: what came of this checkout, if anything did. */
export function checkoutOutcome(seen: {
  readonly state: CheckoutState;
  readonly tier: Tier;
  readonly purchase: Pick<HeldPurchase, "phase"> | null;
  readonly accessTier: Tier | null;
}): CheckoutOutcome {
  const { purchase, state, tier, accessTier } = seen;
  if (purchase !== null) return outcomeOfPurchase(purchase.phase, tier, accessTier);
  switch (state) {
    case "open":
    case "completed":
      return "waiting";
    case "expired":
      return "expired";
    case "abandoned":
      return "replaced";
    default:
      return state satisfies never;
  }
}

function outcomeOfPurchase(
  phase: HeldPurchase["phase"],
  tier: Tier,
  accessTier: Tier | null,
): CheckoutOutcome {
  switch (phase) {
    case "current":
      return accessTier !== null && compareTiers(accessTier, tier) >= 0 ? "unlocked" : "settling";
    case "pending":
      return "processing";
    case "over":
      return "failed";
    default:
      return phase satisfies never;
  }
}
