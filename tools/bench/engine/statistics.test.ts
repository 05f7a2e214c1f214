import { expect, test } from "vitest";
import { median, percentile } from "./statistics.ts";

test("the median of an even number lies between the middle two", () => {
  expect(median([9, 1, 3])).toBe(3);
  expect(median([9, 1, 3, 5])).toBe(4);
});

test("percentiles are nearest ranks, not rounded", () => {
  const values = Array.from({ length: 100 }, (_, at) => (100 - at) / 1_000);
  expect([percentile(values, 0.5), percentile(values, 0.99)]).toEqual([0.05, 0.099]);
});

test("nothing measured is an error, not a zero", () => {
  expect(() => median([])).toThrow("nothing was measured");
  expect(() => percentile([], 0.5)).toThrow("nothing was measured");
});
