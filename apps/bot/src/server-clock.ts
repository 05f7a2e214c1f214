/** The server's time as this process sees it: own clock plus an estimated offset. */
import { estimateOffset } from "@heliograph/domain";
import type { Clock } from "./clock.ts";

const SAMPLES = 5; // the one with the least round trip counts
const AGAIN_MS = 10 * 60_000; // clocks drift by some ms in ten minutes

export class ServerClock {
  readonly #siteUrl: string;
  readonly #clock: Clock;
  #offsetMs = 0;
  #cancel = () => {};

  constructor(siteUrl: string, clock: Clock) {
    this.#siteUrl = siteUrl;
    this.#clock = clock;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#offsetMs;
  }

  /** Estimates now, and every ten minutes from now on; an estimate that fails leaves the last one. */
  async start(onError: (error: unknown) => void): Promise<void> {
    await this.#estimate().catch(onError);
    this.#cancel = this.#clock.after(AGAIN_MS, () => {
      this.start(onError).catch(onError);
    });
  }

  stop(): void {
    this.#cancel();
  }

  async #estimate(): Promise<void> {
    const samples = [];
    for (let i = 0; i < SAMPLES; i++) {
      const sentMs = this.#clock.nowMs();
      const response = await fetch(`${this.#siteUrl}/time`);
      const { nowMs }: { nowMs: number } = await response.json();
      samples.push({ sentMs, serverMs: nowMs, receivedMs: this.#clock.nowMs() });
    }
    this.#offsetMs = estimateOffset(samples)?.offsetMs ?? this.#offsetMs;
  }
}
