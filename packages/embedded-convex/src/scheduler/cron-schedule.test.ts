import { expect, test } from "vitest";
import { firstRunMs, nextRun, readCronSchedule } from "./cron-schedule.ts";

const NOW = Date.parse("2026-01-05T10:30:15Z"); // a Monday
const iso = (ms: number) => new Date(ms).toISOString();

test("[CRON3] an interval runs first at once and then at multiples from there", () => {
  const schedule = readCronSchedule({ type: "interval", minutes: 5 });
  expect(firstRunMs(schedule, NOW)).toBe(NOW);
  expect(nextRun(schedule, NOW, NOW + 1_000)).toEqual({ atMs: NOW + 300_000, skipped: 0 });
});

test.each([
  [{ type: "hourly" }, "2026-01-05T11:00:00.000Z"],
  [{ type: "hourly", minuteUTC: 45 }, "2026-01-05T10:45:00.000Z"],
  [{ type: "daily", hourUTC: 3, minuteUTC: 30 }, "2026-01-06T03:30:00.000Z"],
  [{ type: "daily", hourUTC: 11 }, "2026-01-05T11:00:00.000Z"],
  [{ type: "weekly", dayOfWeek: "monday", hourUTC: 9 }, "2026-01-12T09:00:00.000Z"],
  [{ type: "monthly", day: 31, hourUTC: 0 }, "2026-01-31T00:00:00.000Z"],
  [{ type: "cron", cron: "0 * * * *" }, "2026-01-05T11:00:00.000Z"],
])("[CRON4] %j runs first at %s", (spec, expected) => {
  expect(iso(firstRunMs(readCronSchedule(spec), NOW))).toBe(expected);
});

test("[CRON5] runs that are past when the previous one ends are skipped and counted", () => {
  const interval = readCronSchedule({ type: "interval", seconds: 10 });
  expect(nextRun(interval, NOW, NOW + 35_000)).toEqual({ atMs: NOW + 40_000, skipped: 3 });
  const hourly = readCronSchedule({ type: "hourly" });
  const due = Date.parse("2026-01-05T11:00:00Z");
  const { atMs, skipped } = nextRun(hourly, due, Date.parse("2026-01-05T14:10:00Z"));
  expect([iso(atMs), skipped]).toEqual(["2026-01-05T15:00:00.000Z", 3]);
});

test("[CRON5] runs skipped in two hundred years are counted without a step for each", () => {
  const minutely = readCronSchedule({ type: "cron", cron: "* * * * *" });
  const due = Date.parse("2026-01-05T11:00:00Z");
  const now = Date.parse("2226-01-05T11:00:30Z");
  const { atMs, skipped } = nextRun(minutely, due, now);
  expect(iso(atMs)).toBe("2226-01-05T11:01:00.000Z");
  expect(skipped).toBe(Math.floor((now - due) / 60_000));
});

test.each([
  "*/7 3-5 * * *",
  "5,50 */6 1,15,31 * *",
  "0 0 * 2 MON-WED",
  "59 23 13 * FRI",
  "0 12 29 2 *",
])("[CRON5] %s skips what a walk from run to run meets", (cron) => {
  const schedule = readCronSchedule({ type: "cron", cron });
  for (const days of [0, 0.01, 0.9, 1, 2.3, 59, 1_500]) {
    const now = NOW + days * 86_400_000;
    const expected = { atMs: firstRunMs(schedule, NOW), skipped: 0 };
    for (; expected.atMs <= now; expected.skipped++)
      expected.atMs = firstRunMs(schedule, expected.atMs);
    expect([days, nextRun(schedule, NOW, now)]).toEqual([days, expected]);
  }
});

test.each([
  [null, "not an object"],
  [{ type: "interval" }, "exactly one of"],
  [{ type: "interval", seconds: 1, hours: 1 }, "exactly one of"],
  [{ type: "interval", seconds: 0 }, "greater than 0"],
  [{ type: "daily", hourUTC: 24 }, "hourUTC"],
  [{ type: "weekly", dayOfWeek: "noday", hourUTC: 1 }, "dayOfWeek"],
  [{ type: "cron", cron: "0 0 30 2 *" }, "never comes"],
  [{ type: "yearly" }, "unknown schedule type"],
])("[CRON4] the schedule %j is refused", (spec, message) => {
  expect(() => readCronSchedule(spec)).toThrow(message);
});
