/**
 * Modules evaluated ahead, so that a request finds them done: each HTTP action gets its own,
 * as if its globals were fresh, and evaluating an app's modules takes milliseconds.
 *
 * What a request used is made up for a little later: the milliseconds after it belong to those
 * whom its mutation is delivered to. Only when none is left is the next one made at once.
 *
 * [ACT3] Requests do not share what their modules hold.
 */
const MOST = 3;
const AFTER_MS = 60; // a delivery to hundreds takes half of it

export interface SpareTimers {
  /** Soon, but after what waits already. */
  soon(work: () => void): void;
  later(work: () => void, ms: number): void;
}

export class SpareModules<T> {
  /** Null when evaluating failed: the request that needs it tries again and reports why. */
  readonly #make: () => T | null;
  readonly #timers: SpareTimers;
  readonly #made: T[] = [];
  #isDueSoon = false;
  #isDueLater = false;

  constructor(make: () => T | null, timers: SpareTimers) {
    this.#make = make;
    this.#timers = timers;
  }

  /** Nobody else gets it. Null when none is there. */
  take(): T | null {
    return this.#made.pop() ?? null;
  }

  /** To be called when a request has ended. */
  replenish(): void {
    if (this.#made.length === 0 && !this.#isDueSoon) {
      this.#isDueSoon = true;
      this.#timers.soon(() => {
        this.#isDueSoon = false;
        this.#makeOne();
      });
    } else if (this.#made.length > 0 && this.#made.length < MOST && !this.#isDueLater) {
      this.#isDueLater = true;
      this.#timers.later(() => {
        this.#isDueLater = false;
        this.#makeOne();
      }, AFTER_MS);
    }
  }

  #makeOne(): void {
    if (this.#made.length >= MOST) return;
    const made = this.#make();
    if (made === null) return;
    this.#made.push(made);
    this.replenish();
  }
}
