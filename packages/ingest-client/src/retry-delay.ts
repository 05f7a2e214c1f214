/**
 * How long to wait before a request is repeated.
 *
 * [RETRY1] The wait doubles from 750 ms to 30 s, plus up to a fifth at random.
 * [RETRY2] A Retry-After of the server is kept, in seconds or as a date, up to 15 minutes.
 */
const FIRST_MS = 750;
const MOST_MS = 30_000;
const JITTER = 0.2; // so that sources that failed together do not return together
const MOST_ASKED_MS = 15 * 60_000;

/** The wait in ms after failed attempt number `attempt`, from 1. `random` is from 0 up to 1. */
export function backoffMs(attempt: number, random: number): number {
  const delayMs = Math.min(MOST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(delayMs * (1 + JITTER * random));
}

/** The wait in ms a Retry-After header asks for, or null if there is none that can be read. */
export function askedMs(header: string | null, nowMs: number): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  const delayMs = Number.isNaN(seconds) ? Date.parse(header) - nowMs : seconds * 1000;
  return Number.isNaN(delayMs) ? null : Math.min(MOST_ASKED_MS, Math.max(0, Math.ceil(delayMs)));
}
