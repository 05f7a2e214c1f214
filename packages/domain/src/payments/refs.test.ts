import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ledgerOf } from "../../test/payments/ledger.ts";
import { mixedUp } from "../../test/payments/raw-event.ts";
import { stripeBodies } from "../../test/payments/stripe-bodies.ts";
import { subscriptionHistories } from "../../test/payments/subscription-history.ts";
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
      expect(new Set(await walkRefs(ref, neighboursOf, 10))).toEqual(new Set(edges.flat()));
    }
    expect(await walkRefs("charge:a", neighboursOf, 2)).toHaveLength(2);
  });

  test("[REF4] applied in any order and in any batches, the events end up as the same one purchase", async () => {
    const histories = subscriptionHistories({ most: 15 })
      .map((steps) => stripeBodies(steps, "new"))
      .chain((events) =>
        fc.tuple(fc.constant(events), mixedUp(events), fc.integer({ min: 1, max: 9 })),
      );
    const property = fc.asyncProperty(histories, async ([events, mixed, batch]) => {
      const inOrder = await ledgerOf(events, 1);
      expect(inOrder.size).toBe(1);
      expect(await ledgerOf(mixed, batch)).toEqual(inOrder);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
