import { expect, test } from "vitest";
import { comparePrice, isPriceFinding, type ProviderPrice } from "./provider-price.ts";

type Priced = Parameters<typeof comparePrice>[0];

const REFS = {
  ...{ stripePrice: "price_1", whopPlan: "plan_1", whopLink: null },
  ...{ sellappVariant: null, sellappLink: null },
};
const MONTHLY: Priced = {
  ...{ kind: { kind: "recurring", every: "month" }, priceAmount: 4_900, currency: "usd" },
  refs: REFS,
};
const TERM: Priced = { ...MONTHLY, kind: { kind: "fixed", days: 30 } };
const TOLD: ProviderPrice = {
  ...{ isActive: true, amount: 4_900, currency: "usd", days: null },
  every: { unit: "month", count: 1 },
};
const ONCE = { ...TOLD, every: null };

const said = (...asked: Parameters<typeof comparePrice>) =>
  comparePrice(...asked).map(({ code, field, message }) => [code, field, message]);

test("[PRICE1] the same price is no problem, also where the plan ends what was paid once", () => {
  expect(said(MONTHLY, "stripe", TOLD)).toEqual([]);
  expect(said(TERM, "stripe", ONCE)).toEqual([]);
  expect(said(TERM, "whop", { ...ONCE, days: 30 })).toEqual([]);
});

test("[PRICE1] another amount, currency or rhythm is named with both values", () => {
  expect(said(MONTHLY, "stripe", { ...TOLD, amount: 5_900 })).toEqual([
    ["provider_price_differs", "stripePrice", "Stripe asks USD 59.00, the plan says USD 49.00."],
  ]);
  const yearly = { ...TOLD, currency: "eur", every: { unit: "year", count: 1 } };
  expect(said(MONTHLY, "whop", yearly)).toEqual([
    ["provider_currency_differs", "whopPlan", "Whop asks in EUR, the plan says USD."],
    [
      "provider_interval_differs",
      "whopPlan",
      "Whop charges every year, the plan says every month.",
    ],
  ]);
  const messages = [
    comparePrice(TERM, "stripe", TOLD),
    comparePrice(MONTHLY, "stripe", ONCE),
    comparePrice(TERM, "whop", { ...ONCE, days: 7 }),
    comparePrice(MONTHLY, "stripe", { ...TOLD, every: { unit: "month", count: 3 } }),
    comparePrice({ ...MONTHLY, currency: "jpy" }, "stripe", {
      ...TOLD,
      currency: "jpy",
      amount: 1,
    }),
    comparePrice(MONTHLY, "stripe", { ...TOLD, amount: null }),
  ].flatMap((problems) => problems.map(({ message }) => message));
  expect(messages).toEqual([
    "Stripe charges every month, the plan says once for 30 days.",
    "Stripe charges once, the plan says every month.",
    "Whop charges once for 7 days, the plan says once for 30 days.",
    "Stripe charges every 3 months, the plan says every month.",
    "Stripe asks JPY 1, the plan says JPY 4900.",
    "Stripe asks no fixed amount, the plan says USD 49.00.",
  ]);
});

test("[PRICE2] a price that is unknown or no longer sold is that alone", () => {
  const unknown = comparePrice(MONTHLY, "stripe", null);
  expect(unknown).toMatchObject([{ message: "Stripe does not know price_1." }]);
  expect(unknown.every(isPriceFinding)).toBe(true);
  expect(said(MONTHLY, "whop", { ...TOLD, isActive: false, amount: 1 })).toEqual([
    ["provider_price_inactive", "whopPlan", "Whop does not sell plan_1 any more."],
  ]);
  expect(isPriceFinding({ code: "no_provider" })).toBe(false);
});
