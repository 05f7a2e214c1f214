import { expect, test } from "vitest";
import { offeringProviders, type PlanFields, type ProviderRefs, refsOfPlan } from "./plan.ts";
import { type Marketplace, planProblems } from "./plan-problems.ts";

const NO_REFS: ProviderRefs = {
  stripePrice: null,
  whopPlan: null,
  whopLink: null,
  sellappVariant: null,
  sellappLink: null,
};

const PLAN: PlanFields = {
  slug: "pro-monthly",
  tier: "pro",
  name: "Pro, monthly",
  kind: { kind: "recurring", every: "month" },
  priceAmount: 9_900,
  currency: "usd",
  trialDays: 7,
  highlights: ["Every signal"],
  refs: { ...NO_REFS, stripePrice: "price_1ProMonthly" },
};

const MARKET: Marketplace = { onSale: [], configured: ["stripe", "whop"], allowsLoopback: false };

function codes(changes: Partial<PlanFields>, market: Partial<Marketplace> = {}) {
  const problems = planProblems({ ...PLAN, ...changes }, { ...MARKET, ...market });
  return problems.map(({ code, field }) => `${code} ${field}`);
}

test("[PLAN1] a complete plan has no problem", () => {
  expect(codes({})).toEqual([]);
});

test("[PLAN1] everything that is missing is named at once", () => {
  const empty = { name: " ", priceAmount: 9.5, currency: "USD", refs: NO_REFS };
  expect(codes(empty)).toEqual([
    "title_required name",
    "price_invalid priceAmount",
    "currency_invalid currency",
    "no_provider stripePrice",
  ]);
});

test.each([
  [{ priceAmount: -1 }, "price_invalid priceAmount"],
  [{ priceAmount: Number.NaN }, "price_invalid priceAmount"],
  [{ name: "x".repeat(61) }, "title_too_long name"],
  [{ kind: { kind: "fixed", days: 0 }, trialDays: 0 }, "days_invalid kind"],
  [{ kind: { kind: "fixed", days: 30.5 }, trialDays: 0 }, "days_invalid kind"],
  [{ kind: { kind: "fixed", days: 30 }, trialDays: 7 }, "trial_invalid trialDays"],
  [{ trialDays: 731 }, "trial_invalid trialDays"],
  [{ highlights: ["", "fine"] }, "highlights_invalid highlights"],
  [{ refs: { ...NO_REFS, stripePrice: "prod_1" } }, "provider_ref_invalid stripePrice"],
] as const)("[PLAN1] %j is named", (changes, code) => {
  expect(codes(changes)).toEqual([code]);
});

test.each([
  ["https://whop.com/checkout/plan_1", false, []],
  ["http://whop.com/checkout/plan_1", false, ["checkout_link_invalid whopLink"]],
  ["http://127.0.0.1:4020/whop/plan_1", false, ["checkout_link_invalid whopLink"]],
  ["http://127.0.0.1:4020/whop/plan_1", true, []],
  ["http://127.0.0.1.evil.example/plan_1", true, ["checkout_link_invalid whopLink"]],
  ["javascript:alert(1)", true, ["checkout_link_invalid whopLink"]],
  ["https://user:pass@whop.com/plan_1", false, ["checkout_link_invalid whopLink"]],
  ["not a link", false, ["checkout_link_invalid whopLink"]],
])("[PLAN2] %s with our site on loopback %s", (whopLink, allowsLoopback, expected) => {
  const refs = { ...PLAN.refs, whopPlan: "plan_1", whopLink };
  expect(codes({ refs }, { allowsLoopback })).toEqual(expected);
});

test("[PLAN3] the same tier and duration is not sold twice", () => {
  const twin = { ...PLAN, name: "Another", slug: "another" };
  expect(codes({}, { onSale: [twin] })).toEqual(["duplicate_tier_duration kind"]);
  expect(codes({ tier: "basic" }, { onSale: [twin] })).toEqual([]);
  expect(codes({ kind: { kind: "recurring", every: "year" } }, { onSale: [twin] })).toEqual([]);
  expect(codes({ kind: { kind: "fixed", days: 30 }, trialDays: 0 }, { onSale: [twin] })).toEqual(
    [],
  );
});

test("[PLAN4] a link without what it sells, and what is sold without its link, are named", () => {
  const link = { ...PLAN.refs, whopLink: "https://whop.com/checkout/plan_1" };
  expect(codes({ refs: link })).toEqual(["provider_ref_required whopPlan"]);
  const ref = { ...PLAN.refs, sellappVariant: "123" };
  expect(codes({ refs: ref })).toEqual(["checkout_link_required sellappLink"]);
});

test("[PLAN4] a plan that only a provider without keys sells is not ready", () => {
  expect(codes({}, { configured: ["whop"] })).toEqual(["provider_not_configured stripePrice"]);
});

test("[PLAN4] a plan is offered where it is complete and the provider is set up", () => {
  const refs = {
    stripePrice: "price_1",
    whopPlan: "plan_1",
    whopLink: null,
    sellappVariant: "9",
    sellappLink: "https://sell.app/9",
  };
  expect(offeringProviders(refs, ["stripe", "whop", "sellapp"])).toEqual(["stripe", "sellapp"]);
  expect(offeringProviders(refs, ["sellapp"])).toEqual(["sellapp"]);
  expect(refsOfPlan(refs)).toEqual(["price:price_1", "plan:plan_1", "variant:9"]);
});
