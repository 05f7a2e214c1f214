/** A clock that stands still until a test moves it. Timers fire in order of their time. */
import type { Clock } from "../src/rooms.ts";

export interface ManualClock extends Clock {
  /** Fires what comes due on the way; a callback's new timers count. */
  advance(ms: number): void;
  /** Times of the timers that wait, ms. */
  waiting(): readonly number[];
}

export function manualClock(startMs: number): ManualClock {
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  let nowMs = startMs;
  const earliest = () => [...timers].toSorted((a, b) => a.atMs - b.atMs)[0];
  return {
    nowMs: () => nowMs,
    nowNs: () => BigInt(Math.round(nowMs * 1000)) * 1000n,
    after: (ms, callback) => {
      const timer = { atMs: nowMs + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      const endMs = nowMs + ms;
      for (let next = earliest(); next && next.atMs <= endMs; next = earliest()) {
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.callback();
      }
      nowMs = endMs;
    },
    waiting: () => [...timers].map(({ atMs }) => atMs),
  };
}
