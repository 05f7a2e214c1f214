import { expect, test } from "vitest";
import { countText, msText, sizeText } from "./number-text.ts";

test("latencies read in ms below a second, then in seconds", () => {
  expect([null, -3, 0, 83.6, 999.4, 999.6, 1240, 250_000, Number.NaN].map(msText)).toEqual([
    "–",
    "0 ms",
    "0 ms",
    "84 ms",
    "999 ms",
    "1.00 s",
    "1.24 s",
    "250 s",
    "–",
  ]);
});

test("counts are grouped and sizes carry a unit", () => {
  expect(countText(1234567)).toBe("1,234,567");
  expect([12, 4_200, 3_400_000].map(sizeText)).toEqual(["12 B", "4 kB", "3.4 MB"]);
});
