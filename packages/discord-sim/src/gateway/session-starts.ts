/**
 * How often a bot may identify: so many times a day, and one at a time per
 * concurrency slot.
 *
 * [DGW9] Past the day's session starts every session of the bot ends and its token is dead.
 * [DGW10] Two identifies of one slot within the pause: the second answers op 9.
 */
import type { Clock } from "../clock.ts";

export type SessionStartOptions = {
  /** Per bot and 24 hours. */
  sessionStarts: number;
  maxConcurrency: number;
  /** Between two identifies of one slot; Discord has 5 s. */
  identifyPauseMs: number;
};

const DAY_MS = 24 * 60 * 60_000;

export class SessionStarts {
  readonly #clock: Clock;
  readonly #options: SessionStartOptions;
  readonly #days = new Map<string, { endsAtMs: number; used: number }>();
  readonly #lastInSlot = new Map<string, number>();

  constructor(clock: Clock, options: SessionStartOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Counts one. "tooMany" is for good, "tooSoon" for now. */
  take(token: string, shardId: number): "ok" | "tooSoon" | "tooMany" {
    const nowMs = this.#clock.nowMs();
    const day = this.#day(token, nowMs);
    if (day.used >= this.#options.sessionStarts) return "tooMany";
    const slot = `${token} ${shardId % this.#options.maxConcurrency}`;
    const lastMs = this.#lastInSlot.get(slot) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - lastMs < this.#options.identifyPauseMs) return "tooSoon";
    this.#lastInSlot.set(slot, nowMs);
    day.used += 1;
    return "ok";
  }

  /** As GET /gateway/bot tells it. */
  standing(token: string) {
    const nowMs = this.#clock.nowMs();
    const { used, endsAtMs } = this.#day(token, nowMs);
    return {
      total: this.#options.sessionStarts,
      remaining: Math.max(0, this.#options.sessionStarts - used),
      reset_after: used === 0 ? 0 : endsAtMs - nowMs,
      max_concurrency: this.#options.maxConcurrency,
    };
  }

  #day(token: string, nowMs: number) {
    const known = this.#days.get(token);
    if (known !== undefined && known.endsAtMs > nowMs) return known;
    const fresh = { endsAtMs: nowMs + DAY_MS, used: 0 };
    this.#days.set(token, fresh);
    return fresh;
  }
}
