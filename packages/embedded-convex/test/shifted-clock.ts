/** The system's clock, set forward by tests: timers run in real time, `nowMs` jumps. */
import { systemClock } from "../src/clock.ts";
import type { Clock } from "../src/rooms.ts";

export class ShiftedClock implements Clock {
  readonly #system = systemClock();
  #aheadMs = 0;

  setForward(ms: number): void {
    this.#aheadMs += ms;
  }

  nowMs(): number {
    return this.#system.nowMs() + this.#aheadMs;
  }

  nowNs(): bigint {
    return this.#system.nowNs() + BigInt(this.#aheadMs) * 1_000_000n;
  }

  after(ms: number, callback: () => void): () => void {
    return this.#system.after(ms, callback);
  }
}
