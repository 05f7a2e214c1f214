/** The last hour minute by minute, with the silent ones. */
import type { RateMinute } from "../backend.ts";

const MINUTE_MS = 60_000;
const MINUTES = 60;

/** Sixty minutes up to the one of `nowMs`, oldest first; those the backend left out are zero. */
export function fillMinutes(minutes: readonly RateMinute[], nowMs: number): RateMinute[] {
  const known = new Map(minutes.map((minute) => [minute.minuteMs, minute]));
  const newestMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  return Array.from({ length: MINUTES }, (_, index) => {
    const minuteMs = newestMs - (MINUTES - 1 - index) * MINUTE_MS;
    return known.get(minuteMs) ?? { minuteMs, accepted: 0, duplicate: 0, stale: 0, rejected: 0 };
  });
}
