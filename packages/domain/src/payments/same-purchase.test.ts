import { expect, test } from "vitest";
import type { Purchase } from "./purchase.ts";
import { isSamePurchase } from "./same-purchase.ts";

const PURCHASE: Purchase = {
  provider: "stripe",
  anchor: "subscription:sub_1",
  kind: "recurring",
  status: { state: "paused", sinceMs: 1 },
  terms: [{ fromMs: 1, untilMs: 5, products: ["price:p"] }],
  products: ["price:p"],
  buyer: { userIdCarried: null, customerRef: "cus_1", email: null },
  isTrial: false,
  paidAtMs: 1,
  money: { amount: 100, refunded: 0, currency: "usd" },
  warnings: 0,
  lastFactAtMs: 1,
};

test("[SAME1] said again, later and with a warning, it is the same", () => {
  const again: Purchase = {
    ...PURCHASE,
    ...{ status: { state: "paused", sinceMs: 9 }, warnings: 2, lastFactAtMs: 9 },
  };
  expect(isSamePurchase(PURCHASE, again)).toBe(true);
  expect(isSamePurchase(null, null)).toBe(true);
});

test("[SAME1] another term, standing, buyer or amount is another", () => {
  const changes: Partial<Purchase>[] = [
    { terms: [{ fromMs: 1, untilMs: 6, products: ["price:p"] }] },
    { status: { state: "ended", atMs: 1 } },
    { buyer: { ...PURCHASE.buyer, email: "a@example.test" } },
    { money: { ...PURCHASE.money, refunded: 1 } },
    { products: ["price:q"] },
  ];
  for (const change of changes) {
    expect(isSamePurchase(PURCHASE, { ...PURCHASE, ...change })).toBe(false);
  }
  expect(isSamePurchase(null, PURCHASE)).toBe(false);
});
