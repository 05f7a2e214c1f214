import { expect, test } from "vitest";
import { LatencyTally } from "./latency-tally.ts";

test("percentiles are nearest rank over what was added", () => {
  const tally = new LatencyTally();
  expect(tally.snapshot()).toEqual({ count: 0, lastMs: null, p50Ms: null, p95Ms: null });
  for (let ms = 100; ms >= 1; ms -= 1) tally.add(ms);
  expect(tally.snapshot()).toEqual({ count: 100, lastMs: 1, p50Ms: 50, p95Ms: 95 });
});

test("only the last 200 count, but all are counted", () => {
  const tally = new LatencyTally();
  for (let i = 0; i < 200; i += 1) tally.add(1000);
  for (let i = 0; i < 200; i += 1) tally.add(10);
  expect(tally.snapshot()).toEqual({ count: 400, lastMs: 10, p50Ms: 10, p95Ms: 10 });
});

test("listeners hear of each addition until they stop", () => {
  const tally = new LatencyTally();
  let heard = 0;
  const stop = tally.subscribe(() => {
    heard += 1;
  });
  tally.add(1);
  stop();
  tally.add(2);
  expect(heard).toBe(1);
});
