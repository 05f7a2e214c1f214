import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { correctSharedClock, onTick, sharedNowMs } from "./shared-clock.ts";

const HOUR_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: 10 * HOUR_MS });
  const noop = () => undefined;
  vi.stubGlobal("document", { hidden: false, addEventListener: noop, removeEventListener: noop });
});
afterEach(() => {
  correctSharedClock(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a correction is seen at once, before the next tick", () => {
  const seen: number[] = [];
  const stop = onTick(() => seen.push(sharedNowMs()));
  correctSharedClock(-HOUR_MS);
  expect(seen).toEqual([9 * HOUR_MS]);
  stop();
});
