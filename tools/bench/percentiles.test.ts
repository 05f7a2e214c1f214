import { expect, test } from "vitest";
import { percentiles } from "./percentiles.ts";

test("percentiles are nearest ranks of the sorted values", () => {
  const latencies = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentiles("x", latencies)).toEqual({ p50: 50, p95: 95, p99: 99 });
});

test("a single value is every percentile", () => {
  expect(percentiles("x", [7])).toEqual({ p50: 7, p95: 7, p99: 7 });
});

test("nothing measured is an error, not a zero", () => {
  expect(() => percentiles("web", [])).toThrow("web: nothing was measured");
});
