import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ledgerOf } from "../../test/payments/ledger.ts";
import { sellappOrders, stripeOrders, whopOrders } from "../../test/payments/order-bodies.ts";
import { orderHistories } from "../../test/payments/order-history.ts";
import { mixedUp, type RawEvent } from "../../test/payments/raw-event.ts";
import { stripeBodies } from "../../test/payments/stripe-bodies.ts";
import { subscriptionHistories } from "../../test/payments/subscription-history.ts";
import { whopBodies } from "../../test/payments/whop-bodies.ts";
import { anchorOf, linksAmong, type Ref, walkRefs } from "./refs.ts";

describe("anchors", () => {
  test("[REF1] the anchor of a group does not depend on the order of its refs", () => {
    const refs: Ref[] = ["charge:ch_1", "invoice:in_2", "invoice:in_1", "subscription:sub_1"];
    expect(anchorOf(refs)).toBe("subscription:sub_1");
    expect(anchorOf(refs.toReversed())).toBe("subscription:sub_1");
    expect(anchorOf(["invoice:in_2", "charge:a", "invoice:in_1"])).toBe("invoice:in_1");
  });

  test("[REF2] what only takes money back, or a customer alone, has no anchor", () => {
    expect(anchorOf(["charge:ch_1", "payment_intent:pi_1", "refund:re_1"])).toBeNull();
    expect(anchorOf(["customer:cus_1"])).toBeNull();
  });
});

describe("links", () => {
  test("[REF3] from any ref every linked one is found, and no more than asked for", async () => {
    const edges = [
      ...linksAmong(["charge:a", "payment_intent:b", "invoice:c"]),
      ...linksAmong(["invoice:c", "subscription:d"]),
    ];
    const neighboursOf = async (ref: Ref) =>
      edges.flatMap(([a, b]) => (a === ref ? [b] : b === ref ? [a] : []));
    for (const ref of edges.flat()) {
      expect(new Set(await walkRefs([ref], neighboursOf, 10))).toEqual(new Set(edges.flat()));
    }
    expect(await walkRefs(["charge:a"], neighboursOf, 2)).toHaveLength(2);
  });

  const bought = subscriptionHistories({ most: 12 });
  const ordered = orderHistories();
  const HISTORIES: [string, fc.Arbitrary<RawEvent[]>][] = [
    ["stripe subscriptions", bought.map((steps) => stripeBodies(steps, "new"))],
    ["stripe subscriptions, older fields", bought.map((steps) => stripeBodies(steps, "old"))],
    ["whop memberships", bought.map(whopBodies)],
    ["stripe checkouts", ordered.map(stripeOrders)],
    ["whop one-time plans", ordered.map(whopOrders)],
    ["sellapp orders", ordered.map(sellappOrders)],
  ];

  test.each(HISTORIES)(
    "[REF4] %s in any order and any batches end up as the same purchases",
    async (_name, histories) => {
      const mixed = histories.chain((events) =>
        fc.tuple(fc.constant(events), mixedUp(events), fc.integer({ min: 1, max: 9 })),
      );
      const property = fc.asyncProperty(mixed, async ([events, shuffled, batch]) => {
        expect(await ledgerOf(shuffled, batch)).toEqual(await ledgerOf(events, 1));
      });
      await fc.assert(property, { numRuns: 20 });
    },
  );
});
