/** The folds of subscriptions against what really happened, told by raw bodies of each provider. */
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { foldPurchase } from "../../src/payments/fold-purchase.ts";
import type { Purchase } from "../../src/payments/purchase.ts";
import { factsOf, mixedUp, type RawEvent, read } from "./raw-event.ts";
import { stripeBodies } from "./stripe-bodies.ts";
import {
  DAY_MS,
  HOUR_MS,
  START_MS,
  type Step,
  subscriptionHistories,
} from "./subscription-history.ts";
import { productInForce } from "./subscription-model.ts";
import { whopBodies } from "./whop-bodies.ts";

const GRACE_MS = 3 * DAY_MS;
const RENDERERS: [string, (steps: readonly Step[]) => RawEvent[]][] = [
  ["stripe, fields in their new places", (steps) => stripeBodies(steps, "new")],
  ["stripe, fields in their old places", (steps) => stripeBodies(steps, "old")],
  ["whop", whopBodies],
];

function fold(events: readonly RawEvent[]): Purchase {
  const [first] = events;
  if (first === undefined) throw new Error("no events");
  const purchase = foldPurchase(first.provider, factsOf(events), { graceMs: GRACE_MS });
  if (purchase === null) throw new Error("no purchase");
  return purchase;
}

function productAt({ terms }: Purchase, atMs: number): string | null {
  const term = terms.find(
    ({ fromMs, untilMs }) => fromMs <= atMs && (untilMs === null || atMs < untilMs),
  );
  const product = term?.products.find((ref) => ref.startsWith("product:"));
  return product?.replace("product:prod_", "") ?? null;
}

/** Just before, at and after everything that could matter. */
function probes(steps: readonly Step[]): number[] {
  const times = steps.flatMap(({ atMs, subscription: { untilMs, failingSinceMs } }) => [
    atMs,
    untilMs,
    untilMs + GRACE_MS,
    (failingSinceMs ?? atMs) + GRACE_MS,
  ]);
  const far = Math.max(...times) + 400 * DAY_MS;
  return [...times.flatMap((atMs) => [atMs - 1, atMs, atMs + HOUR_MS]), START_MS - 1, far];
}

// On a busy machine hundreds of histories take their time.
vi.setConfig({ testTimeout: 30_000 });

describe.each(RENDERERS)("%s", (_name, render) => {
  test("[PAY7] access at any time is what the history says", () => {
    const property = fc.property(subscriptionHistories(), (steps) => {
      const purchase = fold(render(steps));
      const wrong = probes(steps).filter(
        (atMs) => productAt(purchase, atMs) !== productInForce(steps, atMs, GRACE_MS),
      );
      expect(wrong).toEqual([]);
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("[PAY1] any order and repetition of the bodies gives the same purchase", () => {
    const histories = subscriptionHistories({ leastGapSeconds: 0 })
      .map(render)
      .chain((events) => fc.tuple(fc.constant(events), mixedUp(events)));
    const property = fc.property(histories, ([events, mixed]) => {
      expect(fold(mixed)).toEqual(fold(events));
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("[PAY1] what was decided for a time does not change by what happens later", () => {
    const property = fc.property(subscriptionHistories(), fc.nat(200), (steps, cut) => {
      const events = render(steps);
      const some = events.slice(0, 1 + (cut % events.length));
      const lastMs = Math.max(...some.map((event) => read(event).occurredAtMs ?? 0));
      const early = foldPurchase(some[0]?.provider ?? "stripe", factsOf(some), {
        graceMs: GRACE_MS,
      });
      const late = fold(events);
      if (early === null) return;
      const past = probes(steps).filter((atMs) => atMs < lastMs);
      expect(past.map((atMs) => productAt(early, atMs))).toEqual(
        past.map((atMs) => productAt(late, atMs)),
      );
    });
    fc.assert(property, { numRuns: 60 });
  });
});
