/** A clock whose waits are over at once, but for the request time-out, which a test lets expire. */
import { type Clock, untilAborted } from "../src/clock.ts";

export const TIMEOUT_MS = 15_000;

export class TestClock implements Clock {
  readonly waitedMs: number[] = [];
  #expire = Promise.withResolvers<void>();

  nowMs(): number {
    return 1_700_000_000_000;
  }

  wait(delayMs: number, signal: AbortSignal): Promise<void> {
    if (delayMs === TIMEOUT_MS) return untilAborted(this.#expire.promise, signal);
    this.waitedMs.push(delayMs);
    return untilAborted(Promise.resolve(), signal);
  }

  /** Lets every running request time out. */
  expireRequests(): void {
    this.#expire.resolve();
    this.#expire = Promise.withResolvers<void>();
  }
}
