/** Purchases paid once, from raw bodies to access, against a model that burns one hour at a time. */
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { decideAccess } from "../../src/payments/decide-access.ts";
import {
  type Entitlement,
  entitlementsOf,
  type PlannedProduct,
} from "../../src/payments/entitlements.ts";
import type { ProductRef } from "../../src/payments/facts.ts";
import { foldPurchase } from "../../src/payments/fold-purchase.ts";
import { groupsOf } from "../../src/payments/refs.ts";
import { sellappOrders, stripeOrders, whopOrders } from "./order-bodies.ts";
import { type OrderEvent, type OrderStep, orderHistories, runningOrders } from "./order-history.ts";
import { mixedUp, type RawEvent, read } from "./raw-event.ts";
import { HOUR_MS, START_MS } from "./subscription-history.ts";

const UNTOLD_BY_SELLAPP: OrderEvent[] = ["refundedPart", "refundFailed", "won", "lost", "warned"];
const RENDERERS: [string, (steps: readonly OrderStep[]) => RawEvent[], OrderEvent[]][] = [
  ["stripe", stripeOrders, []],
  ["whop", whopOrders, []],
  ["sellapp", sellappOrders, UNTOLD_BY_SELLAPP],
];
const PLANS = (["basic", "pro"] as const).flatMap((tier) =>
  [1, 2, 7].flatMap((days) =>
    (["price", "plan", "variant"] as const).map((kind): PlannedProduct => {
      const id = kind === "variant" ? `${tier}_${days}` : `${kind}_${tier}_${days}`;
      const product: ProductRef = `${kind}:${id}`;
      return { product, tier, kind: "fixed", days };
    }),
  ),
);

/** The bodies, sorted into purchases by the links that they name themselves. */
function entitlementsFrom(events: readonly RawEvent[]): Entitlement[] {
  const found = events.map(read);
  const groups = groupsOf(found.map(({ about }) => about));
  const purchases = groups.flatMap((group) => {
    const facts = found.filter(({ about }) => about.some((ref) => group.has(ref)));
    const purchase = foldPurchase(
      found[0]?.provider ?? "stripe",
      facts.flatMap((event) => event.facts),
    );
    return purchase === null ? [] : [{ id: purchase.anchor, purchase, plans: PLANS }];
  });
  return entitlementsOf({ purchases, grants: [] });
}

/** The tier and the number of the order that gives it. */
function inForce(entitlements: readonly Entitlement[], atMs: number): string {
  const decision = decideAccess(entitlements, atMs);
  if (decision === null) return "";
  const numbers = decision.because.map(({ id }) => Number(/\d+$/.exec(id)?.[0]) % 100);
  return `${decision.tier} ${numbers.join()}`;
}

// On a busy machine hundreds of histories take their time.
vi.setConfig({ testTimeout: 30_000 });

describe.each(RENDERERS)("%s", (_name, render, untold) => {
  const histories = orderHistories((event) => !untold.includes(event));

  test("[ENT2] in every hour exactly the orders run whose turn it is", () => {
    const property = fc.property(histories, (steps) => {
      const entitlements = entitlementsFrom(render(steps));
      const hours = ((steps.at(-1)?.atMs ?? START_MS) - START_MS) / HOUR_MS + 36 * 24;
      const expected = runningOrders(steps, hours).map((running) => {
        const tier = running.has("pro") ? "pro" : "basic";
        return running.has(tier) ? `${tier} ${running.get(tier)}` : "";
      });
      const found = expected.map((_, hour) => inForce(entitlements, START_MS + hour * HOUR_MS));
      const hour = expected.findIndex((text, index) => text !== found[index]);
      expect([hour, found[hour]]).toEqual([-1, undefined]);
    });
    fc.assert(property, { numRuns: 50 });
  });

  test("[PAY1] any order and repetition of the bodies gives the same entitlements", () => {
    const mixed = histories
      .map(render)
      .filter((events) => events.length > 0)
      .chain((events) => fc.tuple(fc.constant(events), mixedUp(events)));
    const property = fc.property(mixed, ([events, shuffled]) => {
      expect(entitlementsFrom(shuffled)).toEqual(entitlementsFrom(events));
    });
    fc.assert(property, { numRuns: 100 });
  });
});
