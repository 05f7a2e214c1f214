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

type Waiting = { dueMs: number; run: () => void };

const LONGEST_TIMER_MS = 2 ** 31 - 1; // what setTimeout can hold; polls run for 32 days

/**
 * The machine's clock, which can be put forward: what falls due on the way runs
 * at once, in order of time. Its timers never keep the process alive.
 */
export class AdjustableClock implements Clock {
  #aheadMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting: Waiting[] = [];

  nowMs(): number {
    return Date.now() + this.#aheadMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { dueMs: this.nowMs() + delayMs, run };
    this.#waiting.push(entry);
    if (this.#next() === entry) this.#arm();
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  /** Puts the clock forward. */
  advance(ms: number): void {
    const endMs = this.nowMs() + ms;
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.dueMs > endMs) break;
      this.#aheadMs += Math.max(0, next.dueMs - this.nowMs());
      this.#take(next);
    }
    this.#aheadMs += Math.max(0, endMs - this.nowMs());
    this.#arm();
  }

  #next(): Waiting | undefined {
    return this.#waiting.reduce<Waiting | undefined>(
      (first, entry) => (first === undefined || entry.dueMs < first.dueMs ? entry : first),
      undefined,
    );
  }

  #take(entry: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    entry.run();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#next();
    if (next === undefined) return;
    const delayMs = Math.min(Math.max(0, next.dueMs - this.nowMs()), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#runDue(), delayMs);
    this.#timer.unref();
  }

  #runDue(): void {
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.dueMs > this.nowMs()) break;
      this.#take(next);
    }
    this.#arm();
  }
}

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

/** Puts a clock forward that can be; throws for one that cannot. */
export function advanceClock(clock: Clock, ms: number): void {
  if (!("advance" in clock) || typeof clock.advance !== "function")
    throw new Error("this clock cannot be put forward");
  clock.advance(ms);
}
