/** How moments and durations read. Pure: the present moment and the zone are given. */

export const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "now", "12s", "5m", "3h", "2d" ago; older than a week: the date. The future reads "now". */
export function timeAgo(atMs: number, nowMs: number): string {
  const ageMs = nowMs - atMs;
  if (ageMs < 5_000) return "now"; // clocks differ by seconds; a jumping "1s, 3s" says nothing
  if (ageMs < MINUTE_MS) return `${Math.floor(ageMs / 5_000) * 5}s ago`;
  if (ageMs < HOUR_MS) return `${Math.floor(ageMs / MINUTE_MS)}m ago`;
  if (ageMs < DAY_MS) return `${Math.floor(ageMs / HOUR_MS)}h ago`;
  if (ageMs < 7 * DAY_MS) return `${Math.floor(ageMs / DAY_MS)}d ago`;
  return shortDate(atMs, nowMs);
}

/** "14 s", "3 min", "2 h": how long something took, for "edited 14 s after posting". */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < MINUTE_MS) return `${Math.round(ms / 1000)} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.round(ms / HOUR_MS)} h`;
  return `${Math.round(ms / DAY_MS)} d`;
}

/** The exact moment in the reader's zone, with seconds and the zone's name. */
export function exactTime(atMs: number, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
    timeZone,
  }).format(atMs);
}

/** "in 3 h", "ended": when something runs out. */
export function timeLeft(untilMs: number, nowMs: number): string {
  return untilMs <= nowMs ? "ended" : `in ${durationText(untilMs - nowMs)}`;
}

/** "14:05", for the axis of a chart. */
export function clockTime(atMs: number, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }).format(
    atMs,
  );
}

function shortDate(atMs: number, nowMs: number): string {
  const sameYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(atMs);
}
