/**
 * Time as a parameter: everything that waits or stamps takes a Clock, so that
 * a test can run minutes in no time and the real server uses the machine's.
 */

export type Clock = {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Runs once after the delay; the returned function cancels it and may be called any time. */
  after(delayMs: number, run: () => void): () => void;
};

/** The machine's clock. Its timers never keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

type Waiting = { dueMs: number; run: () => void };

/** A clock that stands still until told to move. For tests. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #waiting = new Set<Waiting>();

  constructor(startMs = 1_750_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { dueMs: this.#nowMs + delayMs, run };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  }

  /** Moves on and runs what falls due on the way, in order of time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#waiting]
        .filter((entry) => entry.dueMs <= endMs)
        .sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
    }
    this.#nowMs = endMs;
  }
}
