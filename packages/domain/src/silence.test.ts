import { expect, test } from "vitest";
import { judgeSource, learnSilenceMs, routeGraceMs } from "./silence.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

/** Posts every half hour from 9 to 17, for two weeks of working days. */
const working = Array.from({ length: 14 }, (_, day) => day)
  .filter((day) => day % 7 < 5)
  .flatMap((day) =>
    Array.from({ length: 17 }, (_, half) => day * DAY + 9 * HOUR + half * 0.5 * HOUR),
  );

const listening = {
  rule: { kind: "learned" },
  learnedMs: HOUR,
  lastAtMs: 0,
  watchedSinceMs: 0,
} as const;

test("a weekend is no silence for somebody who works on weekdays, a week is", () => {
  const bound = learnSilenceMs(working) ?? 0;
  expect(bound).toBeGreaterThan(2.7 * DAY);
  expect(bound).toBeLessThan(5 * DAY);
});

test("a few posts say nothing; very busy and very rare ones are held within bounds", () => {
  expect(learnSilenceMs([1, 2, 3])).toBeNull();
  expect(learnSilenceMs(Array.from({ length: 50 }, (_, second) => second * 1_000))).toBe(HOUR);
  expect(learnSilenceMs(Array.from({ length: 12 }, (_, month) => month * 30 * DAY))).toBe(7 * DAY);
});

test("silence begins after the bound, counted from the last post or from the first look", () => {
  expect(judgeSource(listening, HOUR)).toBe("heard");
  expect(judgeSource(listening, HOUR + 1)).toBe("silent");
  const never = { ...listening, lastAtMs: null, watchedSinceMs: 5 * HOUR };
  expect(judgeSource(never, 5.5 * HOUR)).toBe("heard");
  expect(judgeSource(never, 7 * HOUR)).toBe("silent");
});

test("what somebody expects goes before what was learned, and nothing is expected of what is off", () => {
  const every = { ...listening, rule: { kind: "every", ms: 10 } } as const;
  expect(judgeSource(every, 11)).toBe("silent");
  expect(judgeSource({ ...listening, rule: { kind: "off" } }, 99 * DAY)).toBe("off");
  expect(judgeSource({ ...listening, learnedMs: null }, 99 * DAY)).toBe("learning");
  expect(routeGraceMs({ kind: "every", ms: 1_000 })).toBe(1_000);
});
