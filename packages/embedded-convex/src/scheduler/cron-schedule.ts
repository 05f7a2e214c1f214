/**
 * When a cron runs. Pure: the caller brings the clock's time.
 *
 * [CRON3] An interval runs first at once, then at multiples of itself from there.
 * [CRON4] hourly, daily, weekly, monthly and cron expressions are calendar times in UTC;
 *         a minute that is not given is 0.
 * [CRON5] Runs whose time is already past when the previous one ends are skipped and counted.
 */
import type { JSONValue } from "convex/values";
import {
  type CronExpression,
  countMatches,
  nextMatch,
  parseCronExpression,
  WEEKDAYS,
} from "./cron-expression.ts";

/** What is stored: comparing two of these as JSON tells whether the timing changed. */
export type CronSchedule =
  | { readonly type: "interval"; readonly seconds: number }
  | { readonly type: "calendar"; readonly expression: string };

type Fields = { readonly [field: string]: JSONValue };

const UNITS = { seconds: 1, minutes: 60, hours: 3600 } as const;

/** Reads the `schedule` of a crons export. Throws an Error with the reason. */
export function readCronSchedule(spec: JSONValue | undefined): CronSchedule {
  if (spec === null || typeof spec !== "object" || Array.isArray(spec)) {
    throw new Error("its schedule is not an object");
  }
  const fields = spec as Fields;
  if (fields.type === "interval") return { type: "interval", seconds: intervalSeconds(fields) };
  const expression = calendarExpression(fields);
  if (nextMatch(parseCronExpression(expression), 0) === null) {
    throw new Error(`"${expression}" never comes`);
  }
  return { type: "calendar", expression };
}

/** The first run of a cron that is new or whose schedule changed. */
export function firstRunMs(schedule: CronSchedule, nowMs: number): number {
  return schedule.type === "interval" ? nowMs : nextCalendarMs(expressionOf(schedule), nowMs);
}

/** The run after the one that was due at `previousMs`; `skipped` were due by `nowMs`. */
export function nextRun(
  schedule: CronSchedule,
  previousMs: number,
  nowMs: number,
): { readonly atMs: number; readonly skipped: number } {
  if (schedule.type === "interval") {
    const stepMs = schedule.seconds * 1000;
    const skipped = Math.max(0, Math.floor((nowMs - previousMs) / stepMs));
    return { atMs: previousMs + (skipped + 1) * stepMs, skipped };
  }
  const cron = expressionOf(schedule);
  return {
    atMs: nextCalendarMs(cron, Math.max(previousMs, nowMs)),
    skipped: countMatches(cron, previousMs, nowMs),
  };
}

function expressionOf(schedule: Extract<CronSchedule, { type: "calendar" }>): CronExpression {
  return parseCronExpression(schedule.expression);
}

function nextCalendarMs(cron: CronExpression, afterMs: number): number {
  const next = nextMatch(cron, afterMs);
  if (next === null) throw new Error(`no run after ${afterMs}: the push accepts no such cron`);
  return next;
}

function intervalSeconds(fields: Fields): number {
  const given = Object.entries(UNITS).filter(([unit]) => fields[unit] !== undefined);
  const [only] = given;
  if (only === undefined || given.length !== 1) {
    throw new Error("an interval has exactly one of seconds, minutes and hours");
  }
  const [unit, factor] = only;
  const count = fields[unit];
  if (typeof count !== "number" || !Number.isInteger(count) || count <= 0) {
    throw new Error(`its ${unit} must be an integer greater than 0`);
  }
  return count * factor;
}

function calendarExpression(fields: Fields): string {
  const minute = fields.minuteUTC === undefined ? 0 : whole(fields, "minuteUTC", 0, 59);
  switch (fields.type) {
    case "hourly":
      return `${minute} * * * *`;
    case "daily":
      return `${minute} ${whole(fields, "hourUTC", 0, 23)} * * *`;
    case "weekly":
      return `${minute} ${whole(fields, "hourUTC", 0, 23)} * * ${weekday(fields.dayOfWeek)}`;
    case "monthly":
      return `${minute} ${whole(fields, "hourUTC", 0, 23)} ${whole(fields, "day", 1, 31)} * *`;
    case "cron":
      if (typeof fields.cron === "string") return fields.cron.trim();
      throw new Error("its cron expression is not a string");
    default:
      throw new Error(`unknown schedule type ${JSON.stringify(fields.type)}`);
  }
}

function whole(fields: Fields, field: string, min: number, max: number): number {
  const value = fields[field];
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    throw new Error(`its ${field} must be an integer from ${min} to ${max}`);
  }
  return value;
}

function weekday(day: JSONValue | undefined): number {
  const index = typeof day === "string" ? WEEKDAYS.indexOf(day.slice(0, 3).toUpperCase()) : -1;
  if (index < 0) throw new Error("its dayOfWeek must be a day's name");
  return index;
}
