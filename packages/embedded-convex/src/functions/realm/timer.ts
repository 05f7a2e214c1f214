/**
 * Ends user code whose time is up. The code counts its ticks down by itself
 * (`tick-points.ts`) and asks here only when a fuel of them is used up, because asking the
 * engine costs as much as a hundred ticks.
 *
 * A fuel is small at first and doubles while it burns quickly; where the steps between two
 * ticks are long (they parse a large text, say) it shrinks, so that the end is noticed.
 */

const MAX_FUEL = 256;
const QUICK_MS = 0.1;
const SLOW_MS = 2;

export class Timer {
  readonly #remainingMs: () => number;
  #lastMs = 0;
  #fuel = 1;
  #ticks = 0;
  #overdue: Error | null = null;

  constructor(remainingMs: () => number) {
    this.#remainingMs = remainingMs;
  }

  /** How many ticks may pass until the next call. */
  refuel(): number {
    const remainingMs = this.#remainingMs();
    if (remainingMs <= 0) this.end();
    const tookMs = this.#lastMs - remainingMs; // negative when another execution has begun
    this.#lastMs = remainingMs;
    if (tookMs > SLOW_MS) this.#fuel = this.#fuel >> 2;
    else if (tookMs < QUICK_MS) this.#fuel = Math.min(MAX_FUEL, this.#fuel * 2 + 1);
    return this.#fuel;
  }

  /** For what is no pushed code. */
  tick(): void {
    if (--this.#ticks < 0) this.#ticks = this.refuel();
  }

  check(): void {
    if (this.#remainingMs() <= 0) this.end();
  }

  /** Throws. What user code makes of it does not matter: the engine ends the execution. */
  end(): never {
    this.#overdue ??= new Error("Function execution timed out (maximum duration: 1s)");
    throw this.#overdue;
  }
}
