import { expect, test } from "vitest";
import { nextMatch, parseCronExpression } from "./cron-expression.ts";

const after = (expression: string, from: string) => {
  const next = nextMatch(parseCronExpression(expression), Date.parse(from));
  return next === null ? null : new Date(next).toISOString();
};

test.each([
  ["* * * * *", "2026-01-05T10:30:15Z", "2026-01-05T10:31:00.000Z"],
  ["* * * * *", "2026-01-05T10:30:00Z", "2026-01-05T10:31:00.000Z"],
  ["30 3 * * *", "2026-01-05T10:30:00Z", "2026-01-06T03:30:00.000Z"],
  ["*/15 * * * *", "2026-01-05T10:46:00Z", "2026-01-05T11:00:00.000Z"],
  ["5/20 8-9 * * *", "2026-01-05T08:30:00Z", "2026-01-05T08:45:00.000Z"],
  ["0 0 1,15 * *", "2026-01-02T00:00:00Z", "2026-01-15T00:00:00.000Z"],
  ["0 12 * * MON-fri", "2026-01-09T12:00:00Z", "2026-01-12T12:00:00.000Z"],
  ["0 0 * * 7", "2026-01-05T00:00:00Z", "2026-01-11T00:00:00.000Z"],
  ["0 0 * * 0", "2026-01-05T00:00:00Z", "2026-01-11T00:00:00.000Z"],
  ["0 0 1 JAN *", "2026-01-05T00:00:00Z", "2027-01-01T00:00:00.000Z"],
  ["0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00.000Z"],
  ["0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00.000Z"],
])("[CRON1] %s after %s comes at %s", (expression, from, expected) => {
  expect(after(expression, from)).toBe(expected);
});

test("[CRON1] a date that does not exist never comes", () => {
  expect(after("0 0 31 2 *", "2026-01-01T00:00:00Z")).toBeNull();
});

test("[CRON2] with both day fields restricted the earlier of the two counts", () => {
  expect(after("0 0 13 * FRI", "2026-01-03T00:00:00Z")).toBe("2026-01-09T00:00:00.000Z");
  expect(after("0 0 13 * FRI", "2026-01-10T00:00:00Z")).toBe("2026-01-13T00:00:00.000Z");
});

test.each([
  ["* * * *", "4 fields instead of 5"],
  ["60 * * * *", '"60" is not valid for the minute (0-59)'],
  ["* 5-3 * * *", '"5-3" is not valid for the hour (0-23)'],
  ["* * 0 * *", '"0" is not valid for the day of month (1-31)'],
  ["* * * FOO *", '"FOO" is not valid for the month (1-12)'],
  ["*/0 * * * *", '"*/0" is not valid for the minute (0-59)'],
  ["* * L * *", '"L" is not valid for the day of month (1-31)'],
])("[CRON1] %s is refused naming the field", (expression, message) => {
  expect(() => parseCronExpression(expression)).toThrow(message);
});
