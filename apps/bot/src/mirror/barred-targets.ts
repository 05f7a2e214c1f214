/**
 * Channels the bot may not use at the moment. All their mirrors would be refused
 * alike, and Discord bans who is refused too often: one try a time for each is enough.
 */
import type { Clock } from "../clock.ts";
import type { DiscordFailure } from "./discord-error.ts";

interface Bar {
  readonly failure: DiscordFailure;
  readonly untilMs: number;
}

export class BarredTargets {
  readonly #clock: Clock;
  readonly #bars = new Map<string, Bar>(); // by mode and channel id

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes a failure that concerns the whole channel; other failures are none of its business. */
  note(way: string, failure: DiscordFailure): void {
    if (failure.reach !== "channel" || failure.retryAfterMs === undefined) return;
    this.#bars.set(way, { failure, untilMs: this.#clock.nowMs() + failure.retryAfterMs });
  }

  /** Somebody says it may be tried again. */
  lift(way: string): void {
    this.#bars.delete(way);
  }

  /** Why the channel cannot be used now, and for how long still; undefined when it may be tried. */
  find(way: string): DiscordFailure | undefined {
    const bar = this.#bars.get(way);
    if (bar === undefined) return undefined;
    const retryAfterMs = bar.untilMs - this.#clock.nowMs();
    if (retryAfterMs > 0) return { ...bar.failure, retryAfterMs };
    this.#bars.delete(way);
    return undefined;
  }
}
