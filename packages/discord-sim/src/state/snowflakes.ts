/**
 * Ids as Discord makes them: 42 bits of milliseconds since 2015, 10 bits of
 * worker and process (zero here), 12 bits of counter.
 *
 *   63                 22 21      12 11        0
 *   |  ms since 2015    |  worker   |  counter |
 *
 * Owns the last id given out, so ids always grow, even when the clock does not.
 */
import type { Clock } from "../clock.ts";

const DISCORD_EPOCH_MS = 1_420_070_400_000;
const TIME_SHIFT = 22n;
const COUNTER_LIMIT = 4_096n; // 12 bits; the 4,097th id of a millisecond borrows from the next one

/** Milliseconds since the Unix epoch at which this id was made. */
export function snowflakeTimeMs(id: string): number {
  return Number(BigInt(id) >> TIME_SHIFT) + DISCORD_EPOCH_MS;
}

/** The smallest id of that millisecond. */
export function snowflakeAt(timeMs: number): string {
  return (BigInt(Math.max(0, Math.trunc(timeMs) - DISCORD_EPOCH_MS)) << TIME_SHIFT).toString();
}

/** True for what Discord accepts as an id: digits that fit in 64 bits. */
export function isSnowflake(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,20}$/.test(value) && BigInt(value) < 1n << 64n;
}

/** Negative, zero or positive, by age. */
export function compareSnowflakes(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

export class SnowflakeSource {
  readonly #clock: Clock;
  #last = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new id, greater than every id given or seen before. */
  next(): string {
    const fresh = BigInt(snowflakeAt(this.#clock.nowMs()));
    const following = this.#last + 1n;
    this.#last = fresh > this.#last ? fresh : withinCounter(following);
    return this.#last.toString();
  }

  /** Tells of an id that exists already, for instance one read from a file. */
  seen(id: string): void {
    const value = BigInt(id);
    if (value > this.#last) this.#last = value;
  }
}

function withinCounter(id: bigint): bigint {
  const counter = id & ((1n << TIME_SHIFT) - 1n);
  return counter < COUNTER_LIMIT ? id : ((id >> TIME_SHIFT) + 1n) << TIME_SHIFT;
}
