/**
 * How fast roles may be changed. Mirroring and roles share the 50 requests a second that Discord allows a bot:
 * roles take at most a part of it, evenly, so that a crowd whose access ends does not hold up a signal.
 */
import { type Clock, pause } from "../clock.ts";

/** Calls a second: 200 members at once are done in 10 s, and 30 a second are left for mirrors. */
export const ROLE_CALLS_PER_SECOND = 20;

export class Pace {
  readonly #clock: Clock;
  readonly #gapMs: number;
  #nextAtMs = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#gapMs = 1_000 / perSecond;
  }

  /** Resolves when it is the caller's turn, or as soon as the signal is aborted. */
  async turn(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const atMs = Math.max(nowMs, this.#nextAtMs);
    this.#nextAtMs = atMs + this.#gapMs;
    if (atMs > nowMs) await pause(this.#clock, atMs - nowMs, signal);
  }
}
