/** Adding billing periods to a moment, in UTC. */
import { DAY_MS } from "../clock.ts";
import type { Period } from "./catalogue.ts";

/** The 31st plus a month is the last day of the next month. */
export function addPeriod(fromMs: number, { unit, count }: Period): number {
  switch (unit) {
    case "day":
      return fromMs + count * DAY_MS;
    case "week":
      return fromMs + count * 7 * DAY_MS;
    case "month":
      return addMonths(fromMs, count);
    case "year":
      return addMonths(fromMs, count * 12);
    default:
      return unit satisfies never;
  }
}

function addMonths(fromMs: number, months: number): number {
  const from = new Date(fromMs);
  const day = from.getUTCDate();
  const to = new Date(fromMs);
  to.setUTCDate(1);
  to.setUTCMonth(to.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
  to.setUTCDate(Math.min(day, lastDay));
  return to.getTime();
}
