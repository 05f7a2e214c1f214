/**
 * Mutations start one after the other. They run on one thread anyway, so letting them
 * overlap would gain nothing and make them conflict: the lane keeps the order of
 * arrival, and a conflict's loser comes first next time. One that takes long (many
 * system calls, a file) lets the next ones pass, unless it lost already.
 */
import type { Clock } from "../rooms.ts";

const PATIENCE_MS = 50; // half of the delivery target: beyond it a conflict is cheaper than waiting

export class MutationLane {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** `alone`: nobody passes while it runs. */
  async run<T>(work: () => Promise<T>, alone: boolean): Promise<T> {
    if (this.#busy) await new Promise<void>((resolve) => this.#enqueue(resolve, alone));
    this.#busy = true;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      this.#next();
    };
    const cancel = alone ? () => {} : this.#clock.after(PATIENCE_MS, leave);
    try {
      return await work();
    } finally {
      cancel();
      leave();
    }
  }

  #enqueue(start: () => void, first: boolean): void {
    if (first) this.#waiting.unshift(start);
    else this.#waiting.push(start);
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy = false;
    else next();
  }
}
