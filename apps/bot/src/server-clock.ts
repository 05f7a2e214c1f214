/** The server's time as this process sees it: own clock plus an estimated offset. */
import { estimateOffset, TIME_EXCHANGES } from "@heliograph/domain";
import { type Clock, pause } from "./clock.ts";

const AGAIN_MS = 10 * 60_000; // clocks drift by some ms in ten minutes
const RETRY_MS = 5_000;

export interface ServerClockOptions {
  readonly clock: Clock;
  /** Asks the server for its time, in ms. */
  readonly askServerMs: () => Promise<number>;
  readonly onError: (error: unknown) => void;
}

export class ServerClock {
  readonly #options: ServerClockOptions;
  readonly #stopping = new AbortController();
  #offsetMs = 0;

  constructor(options: ServerClockOptions) {
    this.#options = options;
  }

  /** Whole ms: ingest takes no fractions. */
  nowMs(): number {
    return Math.round(this.#options.clock.nowMs() + this.#offsetMs);
  }

  /**
   * Resolves when the first estimate is there, however long the server takes to
   * appear; estimates again every ten minutes. A failed one leaves the last.
   */
  async start(): Promise<void> {
    const { clock } = this.#options;
    while (!(await this.#estimate()) && !this.#stopping.signal.aborted) {
      await pause(clock, RETRY_MS, this.#stopping.signal);
    }
    this.#repeat().catch(this.#options.onError);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #repeat(): Promise<void> {
    let waitMs = AGAIN_MS;
    while (!this.#stopping.signal.aborted) {
      await pause(this.#options.clock, waitMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      waitMs = (await this.#estimate()) ? AGAIN_MS : RETRY_MS;
    }
  }

  async #estimate(): Promise<boolean> {
    const { clock, askServerMs, onError } = this.#options;
    const exchanges = [];
    try {
      for (let i = 0; i < TIME_EXCHANGES; i++) {
        const sentMs = clock.nowMs();
        const serverMs = await askServerMs();
        exchanges.push({ sentMs, serverMs, receivedMs: clock.nowMs() });
      }
    } catch (error) {
      onError(error);
    }
    const estimate = estimateOffset(exchanges);
    if (estimate !== null) this.#offsetMs = estimate.offsetMs;
    return estimate !== null;
  }
}
