/**
 * Rate-limit buckets: a window opens with its first request and lets `limit`
 * of them through until it closes.
 *
 *   |-1--2--3--4--5--x--x-----|-1--...      limit 5, x is refused
 *   open                 close
 *
 * Owns the open windows. [DRL1] [DRL3]
 */
import type { Clock } from "../clock.ts";

export type Limit = { limit: number; perMs: number };

export type Standing = {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Until the window closes. */
  resetAfterMs: number;
};

type Window = { closesAtMs: number; used: number };

/** Above this many windows the closed ones are swept. */
const SWEEP_ABOVE = 1_000;

export class FixedWindows {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one request. A refused one does not use the window up further. */
  take(key: string, { limit, perMs }: Limit): Standing {
    const nowMs = this.#clock.nowMs();
    const window = this.#openWindow(key, perMs, nowMs);
    const allowed = window.used < limit;
    if (allowed) window.used += 1;
    return {
      allowed,
      limit,
      remaining: Math.max(0, limit - window.used),
      resetAfterMs: window.closesAtMs - nowMs,
    };
  }

  #openWindow(key: string, perMs: number, nowMs: number): Window {
    const known = this.#windows.get(key);
    if (known !== undefined && known.closesAtMs > nowMs) return known;
    if (this.#windows.size > SWEEP_ABOVE) this.#sweep(nowMs);
    const fresh = { closesAtMs: nowMs + perMs, used: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }

  #sweep(nowMs: number): void {
    for (const [key, { closesAtMs }] of this.#windows)
      if (closesAtMs <= nowMs) this.#windows.delete(key);
  }
}
