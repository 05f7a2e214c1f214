import { describe, expect, test } from "vitest";
import { type Entitlement, entitlementsOf, findPlan, type PlannedProduct } from "./entitlements.ts";
import type { Purchase, Term } from "./purchase.ts";

const T = 1_760_000_000_000;
const DAY = 86_400_000;

const basic: PlannedProduct = { product: "price:basic", tier: "basic", kind: "fixed", days: 30 };
const pro: PlannedProduct = { product: "price:pro", tier: "pro", kind: "fixed", days: 30 };
const plans = [basic, pro];

const term = (from: number, until: number | null, product = basic.product): Term => ({
  fromMs: T + from * DAY,
  untilMs: until === null ? null : T + until * DAY,
  products: [product],
});
const purchase = (kind: Purchase["kind"], terms: Term[], product = basic.product): Purchase => ({
  provider: "stripe",
  anchor: "checkout:c",
  kind,
  status: { state: "pending" },
  terms,
  products: [product],
  buyer: { userIdCarried: null, customerRef: null, email: null },
  isTrial: false,
  paidAtMs: terms[0]?.fromMs ?? null,
  money: { amount: 0, refunded: 0, currency: null },
  warnings: 0,
  lastFactAtMs: T,
});
const fixed = (id: string, terms: Term[], product = basic.product) => ({
  id,
  purchase: purchase("fixed", terms, product),
  plans,
});

/** `id tier from-until`, in days. */
function told(entitlements: Entitlement[]): string[] {
  const day = (atMs: number | null) => (atMs === null ? "" : (atMs - T) / DAY);
  return entitlements.map(
    ({ because, tier, fromMs, untilMs }) => `${because.id} ${tier} ${day(fromMs)}-${day(untilMs)}`,
  );
}
const of = (...purchases: ReturnType<typeof fixed>[]) =>
  told(entitlementsOf({ purchases, grants: [] }));

test("[ENT1] a recurring purchase gives the tier of each of its terms", () => {
  const terms = [term(0, 10), term(10, 33, "price:pro")];
  const held = { id: "s", purchase: purchase("recurring", terms), plans };
  expect(told(entitlementsOf({ purchases: [held], grants: [] }))).toEqual([
    "s basic 0-10",
    "s pro 10-33",
  ]);
});

describe("fixed terms", () => {
  test("[ENT2] those of one tier follow each other, another tier runs on its own", () => {
    expect(of(fixed("a", [term(0, null)]), fixed("b", [term(10, null)]))).toEqual([
      "a basic 0-30",
      "b basic 30-60",
    ]);
    expect(of(fixed("a", [term(0, null)]), fixed("b", [term(50, null)]))).toEqual([
      "a basic 0-30",
      "b basic 50-80",
    ]);
    expect(
      of(fixed("a", [term(0, null)]), fixed("p", [term(10, null, "price:pro")], "price:pro")),
    ).toEqual(["a basic 0-30", "p pro 10-40"]);
  });

  test("[ENT3] a refund takes out the days that are left, and the others move up", () => {
    expect(of(fixed("a", [term(0, 10)]), fixed("b", [term(5, null)]))).toEqual([
      "a basic 0-10",
      "b basic 10-40",
    ]);
    expect(
      of(fixed("a", [term(0, null)]), fixed("b", [term(5, 20)]), fixed("c", [term(6, null)])),
    ).toEqual(["a basic 0-30", "c basic 30-60"]);
    expect(of(fixed("a", [term(0, 40)]), fixed("b", [term(5, null)]))).toEqual([
      "a basic 0-30",
      "b basic 30-60",
    ]);
  });

  test("[ENT3] a dispute that is won gives the days back", () => {
    const disputed = [term(0, 10), term(25, null)];
    expect(of(fixed("a", disputed))).toEqual(["a basic 0-10", "a basic 25-45"]);
    expect(of(fixed("a", disputed), fixed("b", [term(5, null)]))).toEqual([
      "a basic 0-10",
      "b basic 10-25",
      "a basic 25-45",
      "b basic 45-60",
    ]);
  });
});

describe("plans", () => {
  const product = (
    name: PlannedProduct["product"],
    tier: PlannedProduct["tier"],
  ): PlannedProduct => ({
    product: name,
    tier,
    kind: "fixed",
    days: 30,
  });

  test("[ENT4] the most specific thing decides, then the highest tier", () => {
    const known = [
      product("product:1", "pro"),
      product("variant:1", "basic"),
      product("variant:2", "advanced"),
    ];
    expect(findPlan(["variant:1", "product:1"], known)?.tier).toBe("basic");
    expect(findPlan(["variant:1", "variant:2", "product:1"], known)?.tier).toBe("advanced");
    expect(findPlan(["variant:9", "product:1"], known)?.tier).toBe("pro");
    expect(findPlan(["variant:9", "product:9"], known)).toBeUndefined();
    expect(findPlan(["variant:9", "product:1"], known.toReversed())?.tier).toBe("pro");
  });

  test("[ENT4] without a plan there is no entitlement", () => {
    expect(of(fixed("a", [term(0, null)], "price:other"))).toEqual([]);
  });

  test("[ENT6] without days it is for good, unless the provider ends it or the plan renews", () => {
    const endless = { ...basic, days: null };
    const held = (plan: PlannedProduct, terms: Term[]) =>
      of({ id: "a", purchase: purchase("fixed", terms), plans: [plan] });
    expect(held(endless, [term(0, null)])).toEqual(["a basic 0-"]);
    expect(held(endless, [term(0, 90)])).toEqual(["a basic 0-90"]);
    expect(held({ ...endless, kind: "recurring" }, [term(0, null)])).toEqual([]);
    expect(held({ ...endless, kind: "recurring" }, [term(0, 30)])).toEqual(["a basic 0-30"]);
  });
});

test("[ENT5] a grant counts until it ends or is revoked", () => {
  const grant = (untilMs: number | null, revokedAtMs: number | null) =>
    told(
      entitlementsOf({
        purchases: [],
        grants: [{ id: "g", tier: "pro", fromMs: T, untilMs, revokedAtMs }],
      }),
    );
  expect(grant(null, null)).toEqual(["g pro 0-"]);
  expect(grant(T + 9 * DAY, null)).toEqual(["g pro 0-9"]);
  expect(grant(T + 9 * DAY, T + 2 * DAY)).toEqual(["g pro 0-2"]);
  expect(grant(T + 2 * DAY, T + 9 * DAY)).toEqual(["g pro 0-2"]);
  expect(grant(null, T - DAY)).toEqual([]);
});
