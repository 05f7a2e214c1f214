/**
 * The server's clock, as this page estimates it.
 *
 * The local side is monotonic (it does not jump when the machine's clock is set), so an estimate
 * stays good between measurements; both clocks drift, so it is renewed every ten minutes. While
 * the machine sleeps, the monotonic clock may stand: when it and the machine's clock have come
 * apart, the estimate is renewed before it is used again.
 */
import { type ClockOffset, estimateOffset, TIME_EXCHANGES } from "@heliograph/domain";

export type ServerClockParts = {
  /** The server's time in ms, asked now. */
  askServerMs: () => Promise<number>;
  /** A clock that never goes back, in ms since 1970. */
  localNowMs: () => number;
  /** The machine's clock, which goes on in its sleep, in ms since 1970. */
  wallNowMs: () => number;
};

export const REMEASURE_AFTER_MS = 600_000; // at 20 ppm of drift: 12 ms
const APART_MS = 1_000; // far more than clocks drift apart in ten minutes

export class ServerClock {
  readonly #parts: ServerClockParts;
  #offset: ClockOffset | null = null;
  #measuredAtMs = Number.NEGATIVE_INFINITY;
  /** The machine's clock less the local one, at the last measurement. */
  #wallAheadMs = 0;
  #measuring: Promise<void> | null = null;

  constructor(parts: ServerClockParts) {
    this.#parts = parts;
  }

  /** This page's own clock in ms: to be translated later, when the moment itself must not wait. */
  localNowMs(): number {
    return this.#parts.localNowMs();
  }

  /** What the server's clock read at a moment of the local one; null until a measurement succeeded. */
  serverMsAt(localMs: number): number | null {
    return this.#offset === null ? null : localMs + this.#offset.offsetMs;
  }

  /** What to add to the machine's clock to get the server's; null until a measurement succeeded. */
  wallOffsetMs(): number | null {
    return this.#offset === null ? null : this.#offset.offsetMs - this.#wallAheadMs;
  }

  /** Half the round trip the estimate rests on, in ms; null until then. */
  errorMs(): number | null {
    return this.#offset?.errorMs ?? null;
  }

  /** Measures if that was not done lately, or the machine slept since. Never rejects: without an answer the old estimate stays. */
  measure(): Promise<void> {
    const ageMs = this.#parts.localNowMs() - this.#measuredAtMs;
    const apartMs = Math.abs(this.#wallAheadNowMs() - this.#wallAheadMs);
    if (ageMs < REMEASURE_AFTER_MS && apartMs < APART_MS) return Promise.resolve();
    this.#measuring ??= this.#exchange().finally(() => {
      this.#measuring = null;
    });
    return this.#measuring;
  }

  async #exchange(): Promise<void> {
    const exchanges = [];
    // One after the other: exchanges at the same time would delay each other.
    for (let n = 0; n < TIME_EXCHANGES; n += 1) {
      const sentMs = this.#parts.localNowMs();
      const serverMs = await this.#parts.askServerMs().catch(() => Number.NaN);
      exchanges.push({ sentMs, serverMs, receivedMs: this.#parts.localNowMs() });
    }
    const offset = estimateOffset(exchanges);
    if (offset === null) return;
    this.#offset = offset;
    this.#measuredAtMs = this.#parts.localNowMs();
    this.#wallAheadMs = this.#wallAheadNowMs();
  }

  #wallAheadNowMs(): number {
    return this.#parts.wallNowMs() - this.#parts.localNowMs();
  }
}

/** The browser's parts: `GET {site}/time`, and a clock that never jumps. */
export function browserClockParts(siteUrl: string): ServerClockParts {
  return {
    localNowMs: () => performance.timeOrigin + performance.now(),
    wallNowMs: () => Date.now(),
    askServerMs: async () => {
      const response = await fetch(`${siteUrl}/time`, { cache: "no-store", credentials: "omit" });
      const body: unknown = await response.json();
      const nowMs =
        typeof body === "object" && body !== null && "nowMs" in body ? body.nowMs : null;
      return typeof nowMs === "number" ? nowMs : Number.NaN;
    },
  };
}
