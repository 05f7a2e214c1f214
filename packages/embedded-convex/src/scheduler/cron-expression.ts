/**
 * Five-field cron expressions, in UTC, to the minute. Pure.
 *
 * [CRON1] Fields are minute, hour, day of month, month, day of week: `*`, numbers,
 *         names (JAN, MON), ranges, steps and lists. Sunday is 0 or 7.
 * [CRON2] When both day fields are restricted, either of them is enough.
 */

export interface CronExpression {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly daysOfWeek: ReadonlySet<number>;
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
}

interface Field {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
export const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const FIELDS: readonly Field[] = [
  { label: "minute", min: 0, max: 59, names: [] },
  { label: "hour", min: 0, max: 23, names: [] },
  { label: "day of month", min: 1, max: 31, names: [] },
  { label: "month", min: 1, max: 12, names: MONTHS },
  { label: "day of week", min: 0, max: 7, names: WEEKDAYS },
];
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const HORIZON_MS = 9 * 366 * DAY_MS; // 29 February can be eight years away (2096 to 2104)

/** Throws an Error that says which field is wrong. */
export function parseCronExpression(text: string): CronExpression {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    throw new Error(`"${text}" has ${parts.length} fields instead of 5`);
  }
  const [minutes, hours, daysOfMonth, months, weekdays] = FIELDS.map((field, i) =>
    parseField(parts[i] ?? "", field),
  ) as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>];
  return {
    minutes,
    hours,
    daysOfMonth,
    months,
    daysOfWeek: new Set([...weekdays].map((day) => day % 7)),
    anyDayOfMonth: parts[2]?.startsWith("*") ?? false,
    anyDayOfWeek: parts[4]?.startsWith("*") ?? false,
  };
}

/** The first match strictly after `afterMs`, in ms since the epoch; null when there is none. */
export function nextMatch(cron: CronExpression, afterMs: number): number | null {
  let atMs = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
  const endMs = atMs + HORIZON_MS;
  while (atMs < endMs) {
    const next = skipTo(cron, new Date(atMs));
    if (next === atMs) return atMs;
    atMs = next;
  }
  return null;
}

/** How many matches there are after `afterMs` up to and with `untilMs`. A step for each day. */
export function countMatches(cron: CronExpression, afterMs: number, untilMs: number): number {
  if (untilMs <= afterMs) return 0;
  let count = countOfDay(cron, untilMs) - countOfDay(cron, afterMs);
  for (let day = startOfDay(afterMs); day < startOfDay(untilMs); day += DAY_MS) {
    count += countOfDay(cron, day + DAY_MS - 1);
  }
  return count;
}

/** Those of the day of `ms`, up to and with `ms`. */
function countOfDay(cron: CronExpression, ms: number): number {
  const at = new Date(ms);
  if (!cron.months.has(at.getUTCMonth() + 1) || !dayMatches(cron, at)) return 0;
  const [hour, minute] = [at.getUTCHours(), at.getUTCMinutes()];
  const hoursBefore = [...cron.hours].filter((each) => each < hour).length;
  const ofThisHour = [...cron.minutes].filter((each) => each <= minute).length;
  return hoursBefore * cron.minutes.size + (cron.hours.has(hour) ? ofThisHour : 0);
}

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

/** The time itself when it matches, else the start of the next unit that could. */
function skipTo(cron: CronExpression, at: Date): number {
  const [year, month, day, hour] = [
    at.getUTCFullYear(),
    at.getUTCMonth(),
    at.getUTCDate(),
    at.getUTCHours(),
  ];
  if (!cron.months.has(month + 1)) return Date.UTC(year, month + 1, 1);
  if (!dayMatches(cron, at)) return Date.UTC(year, month, day + 1);
  if (!cron.hours.has(hour)) return Date.UTC(year, month, day, hour + 1);
  return cron.minutes.has(at.getUTCMinutes()) ? at.getTime() : at.getTime() + MINUTE_MS;
}

function dayMatches(cron: CronExpression, at: Date): boolean {
  const ofMonth = cron.daysOfMonth.has(at.getUTCDate());
  const ofWeek = cron.daysOfWeek.has(at.getUTCDay());
  return cron.anyDayOfMonth || cron.anyDayOfWeek ? ofMonth && ofWeek : ofMonth || ofWeek;
}

function parseField(text: string, field: Field): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [start, end, step] = parsePart(part, field);
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

function parsePart(part: string, field: Field): [start: number, end: number, step: number] {
  const [range = "", stepText, ...rest] = part.split("/");
  const step = stepText === undefined ? 1 : Number(stepText);
  if (rest.length > 0 || !Number.isInteger(step) || step < 1) throw wrong(part, field);
  if (range === "*") return [field.min, field.max, step];
  const [from = "", to, ...more] = range.split("-");
  const start = parseValue(from, field, part);
  // "5/10" counts from 5 to the end of the field, "5" alone is only 5.
  const open = stepText === undefined ? start : field.max;
  const end = to === undefined ? open : parseValue(to, field, part);
  if (more.length > 0 || end < start) throw wrong(part, field);
  return [start, end, step];
}

function parseValue(text: string, field: Field, part: string): number {
  const named = field.names.indexOf(text.toUpperCase());
  if (named >= 0) return named + field.min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.min && value <= field.max)) throw wrong(part, field);
  return value;
}

function wrong(part: string, field: Field): Error {
  return new Error(`"${part}" is not valid for the ${field.label} (${field.min}-${field.max})`);
}
