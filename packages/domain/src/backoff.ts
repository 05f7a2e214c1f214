/**
 * How long to wait before trying an outside effect again.
 *
 * [BACK1] The wait doubles with each failed attempt, from 5 s to at most 15 minutes.
 * [BACK3] The attempts outlast an outage of three hours and end within five.
 * [BACK2] A wait the other side asked for is kept, within 250 ms and 15 minutes.
 * [BACK4] What failed together is not tried again together: a wait may be longer by up to a quarter.
 */

/** After this many failed attempts the effect is failed and shown to the operator. */
export const MAX_ATTEMPTS = 24; // the waits between them sum up to 4 hours 6 minutes: an outage of Discord, outlived

const FIRST_MS = 5_000;
const MOST_MS = 15 * 60_000;
const LEAST_ASKED_MS = 250;

/** The wait in ms after failed attempt number `attempt`, counted from 1. */
export function retryDelayMs(attempt: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.max(0, Math.floor(attempt) - 1));
}

/** The wait in ms if the other side said how long, for example with a 429. */
export function askedDelayMs(retryAfterMs: number): number {
  return Math.min(MOST_MS, Math.max(LEAST_ASKED_MS, Math.ceil(retryAfterMs)));
}

/** The wait, longer by a random part: what failed together does not come back together. `random`: from 0 to below 1. */
export function jitteredDelayMs(delayMs: number, random: number): number {
  return Math.ceil(delayMs * (1 + random / 4));
}
