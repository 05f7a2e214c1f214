import { expect, test } from "vitest";
import { type CheckoutState, checkoutOutcome } from "./checkout-outcome.ts";

const SEEN = { state: "open", tier: "advanced", purchase: null, accessTier: null } as const;

test("[OUT1] paid is unlocked only once access covers the tier", () => {
  const paid = { ...SEEN, purchase: { phase: "current" } as const };
  expect(checkoutOutcome(paid)).toBe("settling");
  expect(checkoutOutcome({ ...paid, accessTier: "basic" })).toBe("settling");
  expect(checkoutOutcome({ ...paid, accessTier: "advanced" })).toBe("unlocked");
  expect(checkoutOutcome({ ...paid, accessTier: "pro" })).toBe("unlocked");
});

test("[OUT1] access without a purchase of this checkout unlocks nothing", () => {
  expect(checkoutOutcome({ ...SEEN, accessTier: "pro" })).toBe("waiting");
});

test("[OUT1] a payment under way and one that failed are told apart", () => {
  expect(checkoutOutcome({ ...SEEN, purchase: { phase: "pending" } })).toBe("processing");
  expect(checkoutOutcome({ ...SEEN, purchase: { phase: "over" } })).toBe("failed");
});

test.each<[CheckoutState, string]>([
  ["open", "waiting"],
  ["completed", "waiting"],
  ["expired", "expired"],
  ["abandoned", "replaced"],
])("[OUT2] %s without a purchase is %s", (state, outcome) => {
  expect(checkoutOutcome({ ...SEEN, state })).toBe(outcome);
});

test("[OUT2] a purchase that comes after the checkout ran out still unlocks", () => {
  const late = { ...SEEN, state: "expired", purchase: { phase: "current" } } as const;
  expect(checkoutOutcome({ ...late, accessTier: "advanced" })).toBe("unlocked");
});
