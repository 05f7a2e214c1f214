/**
 * A machine on which time passes by what is done: now and then an access to the database
 * takes so long that the slice loop gives the turn to another function, and the mutation
 * lane lets others pass. So functions interleave in slices as they do under load, and a seed
 * decides where.
 */
import { ManualClock } from "../manual-clock.ts";
import type { Turns } from "./turns.ts";

const LOOK_MS = 0.001; // at the clock: never what ends a slice, as their number may differ
const STALL_MS = 11; // more than the slice loop leaves a function in front (10 ms)
const STALLS_ONE_IN = 4;

export class SlowMachine {
  /** Of the scheduler and the mutation lane. */
  readonly clock = new ManualClock();
  /** Grows while any function runs. */
  looks = 0;
  #nowMs = 0;
  #shownMs = 0;
  #turns: Turns | null = null;

  /** Takes the place of the process's `performance.now` until `stop`. */
  start(turns: Turns): void {
    this.#turns = turns;
    this.#nowMs = 0;
    this.#shownMs = 0;
    Object.defineProperty(performance, "now", { configurable: true, value: () => this.#look() });
  }

  stop(): void {
    Reflect.deleteProperty(performance, "now");
    this.#turns = null;
  }

  /** What waits for something else has its turn; then timers that are due run. */
  async tick(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const passedMs = Math.floor(this.#nowMs - this.#shownMs);
    this.#shownMs += passedMs;
    if (passedMs > 0) this.clock.advance(passedMs);
  }

  /** Until every function has ended or waits for something outside. */
  async settle(): Promise<void> {
    for (let quiet = 0, looks = this.looks; quiet < 3; looks = this.looks) {
      await this.tick();
      quiet = this.looks === looks ? quiet + 1 : 0;
    }
  }

  /** Somebody reads or writes. */
  access(): void {
    if (this.#turns?.below(STALLS_ONE_IN) === 0) this.#nowMs += STALL_MS;
  }

  #look(): number {
    this.looks++;
    this.#nowMs += LOOK_MS;
    return this.#nowMs;
  }
}
