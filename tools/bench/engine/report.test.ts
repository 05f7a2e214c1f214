import { expect, test } from "vitest";
import { atLeast, atMost, describe, isKept, type Measured, toReport, under } from "./report.ts";

const MEASURED: Measured = {
  name: "mutations64",
  value: 3_456.789,
  unit: "/s",
  floor: 9_000,
  ratio: 0.38408,
  bounds: [atLeast(3_456.789, 3_000, "/s"), atLeast(0.38, 0.5, "of the floor")],
  details: ["3 rounds"],
};

test("a bound says its number and whether it holds, with the limit itself on the kept side only where the words allow it", () => {
  expect(atMost(3, 3, "ms")).toEqual({ promise: "at most 3 ms", holds: true });
  expect(under(3, 3, "ms")).toEqual({ promise: "under 3 ms", holds: false });
  expect(atLeast(3_000, 3_000, "/s")).toEqual({ promise: "at least 3,000 /s", holds: true });
});

test("a figure that is not a number keeps no promise", () => {
  const bounds = [
    atMost(Number.NaN, 1, "ms"),
    under(Number.NaN, 1, "ms"),
    atLeast(Number.NaN, 1, "ms"),
  ];
  expect(bounds.map(({ holds }) => holds)).toEqual([false, false, false]);
});

test("one missed bound is enough to miss a measurement", () => {
  expect(isKept(MEASURED)).toBe(false);
  expect(isKept({ ...MEASURED, bounds: MEASURED.bounds.slice(0, 1) })).toBe(true);
});

test("the report has the five fields, rounded to two decimals", () => {
  expect(toReport([MEASURED])).toEqual({
    results: [{ name: "mutations64", value: 3_456.79, unit: "/s", floor: 9_000, ratio: 0.38 }],
  });
});

test("people see each bound with its outcome", () => {
  expect(describe(MEASURED)).toBe(
    [
      "mutations64: 3,456.79 /s, floor 9,000, ratio 0.38",
      "  kept   at least 3,000 /s",
      "  MISSED at least 0.5 of the floor",
      "         3 rounds",
    ].join("\n"),
  );
});
