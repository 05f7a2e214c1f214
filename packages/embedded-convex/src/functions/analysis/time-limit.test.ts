import { expect, test } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import { LIMIT_MS, limitTime } from "./time-limit.ts";

/** A thread that gets this share of the clock's time. */
async function toldAfterMs(share: number): Promise<number | null> {
  const clock = new ManualClock();
  const startMs = clock.nowMs();
  const cpuUsage = async () => ({ user: (clock.nowMs() - startMs) * share * 1_000, system: 0 });
  let toldMs: number | null = null;
  const stop = limitTime({ cpuUsage }, clock, () => {
    toldMs ??= clock.nowMs() - startMs;
  });
  for (let step = 0; step < 300 && toldMs === null; step++) {
    await new Promise(setImmediate);
    clock.advance(100);
  }
  await new Promise(setImmediate);
  stop();
  return toldMs;
}

test("[PUSH36] a thread that has a processor to itself is told after the limit", async () => {
  expect(await toldAfterMs(1)).toBe(LIMIT_MS);
});

test("[PUSH36] one that gets half of one is told when it has used the limit up", async () => {
  const told = await toldAfterMs(0.5);
  expect(told).toBeGreaterThanOrEqual(2 * LIMIT_MS);
  expect(told).toBeLessThan(2.5 * LIMIT_MS);
});

test("[PUSH36] one that only waits is told after twenty seconds", async () => {
  const told = await toldAfterMs(0);
  expect(told).toBeGreaterThanOrEqual(20_000);
  expect(told).toBeLessThan(21_000);
});
