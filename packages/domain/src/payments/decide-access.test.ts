import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareTiers, FEEDS, type Tier } from "../tiers.ts";
import { decideAccess, nextChangeAtMs } from "./decide-access.ts";
import type { Entitlement } from "./entitlements.ts";

const of = (tier: Tier, fromMs: number, untilMs: number | null, id = tier): Entitlement => ({
  tier,
  fromMs,
  untilMs,
  because: { kind: "grant", id },
});

const entitlements = fc.array(
  fc
    .record({
      tier: fc.constantFrom(...FEEDS),
      fromMs: fc.nat(20),
      lasts: fc.option(fc.nat(8)),
      id: fc.constantFrom("a", "b", "c"),
    })
    .map(({ tier, fromMs, lasts, id }) =>
      of(tier, fromMs, lasts === null ? null : fromMs + lasts, id as Tier),
    ),
  { maxLength: 8 },
);

/** The highest tier in force, looked up moment by moment. */
function tierAt(held: readonly Entitlement[], atMs: number): Tier | null {
  const tiers = held
    .filter(({ fromMs, untilMs }) => fromMs <= atMs && (untilMs ?? Number.MAX_VALUE) > atMs)
    .map(({ tier }) => tier);
  return tiers.sort(compareTiers).at(-1) ?? null;
}

test("[ACC1] the highest tier counts, and the end of one entitlement leaves the others alone", () => {
  const held = [of("basic", 0, 100), of("pro", 10, 20)];
  expect(decideAccess(held, 15)).toMatchObject({ tier: "pro", untilMs: 20 });
  expect(decideAccess(held, 20)).toMatchObject({ tier: "basic", untilMs: 100 });
});

test("[ACC2] the decision holds exactly until the tier next changes", () => {
  const property = fc.property(entitlements, fc.nat(30), (held, atMs) => {
    const now = tierAt(held, atMs);
    const change = Array.from({ length: 60 }, (_, step) => atMs + 1 + step).find(
      (laterMs) => tierAt(held, laterMs) !== now,
    );
    expect(decideAccess(held, atMs)?.tier ?? null).toBe(now);
    expect(nextChangeAtMs(held, atMs)).toBe(change ?? null);
  });
  fc.assert(property, { numRuns: 2000 });
});

test("[ACC2] entitlements of one tier without a gap between them count as one", () => {
  const held = [of("basic", 0, 10), of("basic", 10, 20), of("basic", 21, 30)];
  expect(decideAccess(held, 5)).toMatchObject({ untilMs: 20 });
  expect(decideAccess([...held, of("basic", 15, null)], 5)).toMatchObject({ untilMs: null });
});

test("[ACC3] an entitlement is in force from its first millisecond to before its last", () => {
  const held = [of("basic", 10, 20)];
  expect([9, 10, 19, 20].map((atMs) => decideAccess(held, atMs) !== null)).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test("[ACC4] without access the next start is told", () => {
  expect(decideAccess([of("pro", 10, 20)], 5)).toBeNull();
  expect(nextChangeAtMs([of("pro", 10, 20)], 5)).toBe(10);
  expect(nextChangeAtMs([of("pro", 10, 20)], 25)).toBeNull();
});
