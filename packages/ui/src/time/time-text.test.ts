import { expect, test } from "vitest";
import { clockTime, durationText, exactTime, timeAgo, timeLeft } from "./time-text.ts";

const NOW = Date.UTC(2026, 1, 14, 12, 0, 0);

test.each([
  [0, "now"],
  [4_999, "now"],
  [-60_000, "now"],
  [5_000, "5s ago"],
  [14_999, "10s ago"],
  [59_999, "55s ago"],
  [60_000, "1m ago"],
  [3_599_999, "59m ago"],
  [3_600_000, "1h ago"],
  [86_400_000, "1d ago"],
  [6.9 * 86_400_000, "6d ago"],
])("%i ms ago reads %s", (ageMs, expected) => {
  expect(timeAgo(NOW - ageMs, NOW)).toBe(expected);
});

test("more than a week ago reads as a date, with the year only when it differs", () => {
  expect(timeAgo(Date.UTC(2026, 0, 3, 12), NOW)).toBe("3 Jan");
  expect(timeAgo(Date.UTC(2024, 0, 3, 12), NOW)).toBe("3 Jan 2024");
});

test("durations read in the largest whole unit", () => {
  expect([0, 14_200, 90_000, 7_200_000, 172_800_000, -5].map(durationText)).toEqual([
    "0 s",
    "14 s",
    "2 min",
    "2 h",
    "2 d",
    "0 s",
  ]);
});

test("the exact time carries seconds and the zone", () => {
  expect(exactTime(NOW, "UTC")).toBe("Sat, 14 Feb 2026, 12:00:00 UTC");
  expect(clockTime(NOW, "UTC")).toBe("12:00");
});

test("what runs out says how long it has left", () => {
  expect(timeLeft(NOW + 7_200_000, NOW)).toBe("in 2 h");
  expect(timeLeft(NOW, NOW)).toBe("ended");
});
