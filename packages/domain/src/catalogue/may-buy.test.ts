import { expect, test } from "vitest";
import { type HeldPurchase, refusePurchase } from "./may-buy.ts";

const NOW = 1_000_000;
const MONTHLY = { id: "monthly", tier: "advanced", kind: "recurring" } as const;
const TERM = { id: "term", tier: "advanced", kind: "fixed" } as const;

function held(changes: Partial<HeldPurchase>): HeldPurchase {
  return {
    planId: "other",
    provider: "stripe",
    tier: "advanced",
    kind: "recurring",
    phase: "current",
    untilMs: null,
    ...changes,
  };
}

function codeOf(plan: typeof MONTHLY | typeof TERM, ...purchases: Partial<HeldPurchase>[]) {
  return refusePurchase(plan, purchases.map(held), NOW)?.code ?? "allowed";
}

test("[BUY1] who has nothing buys anything", () => {
  expect(codeOf(MONTHLY)).toBe("allowed");
  expect(codeOf(TERM)).toBe("allowed");
});

test("[BUY1] a fixed term stacks on another, and another tier runs on its own", () => {
  expect(codeOf(TERM, { kind: "fixed", planId: "term", untilMs: NOW + 1 })).toBe("allowed");
  expect(codeOf(TERM, { tier: "pro" })).toBe("allowed");
  expect(codeOf(TERM, {})).toBe("already_subscribed");
});

test("[BUY2] a tier that is owned is not subscribed to", () => {
  expect(codeOf(MONTHLY, {})).toBe("already_subscribed");
  expect(codeOf(MONTHLY, { kind: "fixed", untilMs: NOW + 1 })).toBe("already_owned");
  expect(codeOf(MONTHLY, { kind: "fixed", untilMs: NOW + 1, tier: "basic" })).toBe("allowed");
});

test("[BUY2] what has ended is no reason", () => {
  expect(codeOf(MONTHLY, { kind: "fixed", untilMs: NOW })).toBe("allowed");
  expect(codeOf(MONTHLY, { phase: "over" })).toBe("allowed");
});

test("[BUY3] another tier's subscription is a change of the one that runs", () => {
  expect(codeOf(MONTHLY, { tier: "basic" })).toBe("change_plan");
  expect(codeOf(MONTHLY, { tier: "pro" }, { tier: "advanced" })).toBe("already_subscribed");
});

test("[BUY4] a plan whose payment is under way is not sold again, another one is", () => {
  expect(codeOf(MONTHLY, { phase: "pending", planId: "monthly" })).toBe("payment_processing");
  expect(codeOf(TERM, { phase: "pending", planId: "term" })).toBe("payment_processing");
  expect(codeOf(TERM, { phase: "pending", planId: "monthly" })).toBe("allowed");
});
