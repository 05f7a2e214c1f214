/**
 * Turns "this signal was just painted" into a measurement: for the page's own tally and for the
 * receipts it sends.
 *
 * Only what came over an unbroken connection is measured. A signal committed before the connection
 * stood was caught up with later; its delay says how long the viewer was away.
 */
import type { LatencyTally } from "./latency-tally.ts";
import type { ReceiptReporter } from "./receipt-reporter.ts";
import type { ServerClock } from "./server-clock.ts";

export type Stamps = { sourceAtMs: number; receivedAtMs: number; committedAtMs: number };

export type SightParts = {
  clock: Pick<ServerClock, "nowMs">;
  tally: Pick<LatencyTally, "add">;
  reporter: Pick<ReceiptReporter, "record">;
  afterPaint: (callback: () => void) => void;
};

export class SightRecorder {
  readonly #parts: SightParts;
  #connectedSinceMs: number | null = null;

  constructor(parts: SightParts) {
    this.#parts = parts;
  }

  /** The connection stands from now on; what was committed earlier is not measured. */
  connected(): void {
    this.#connectedSinceMs = this.#parts.clock.nowMs();
  }

  /** The connection is gone. */
  disconnected(): void {
    this.#connectedSinceMs = null;
  }

  /**
   * To be called in the task that puts the signal on the page. `measured` gets the delay since
   * the backend received it, in ms, once it is painted; it may never be called.
   */
  appeared(stamps: Stamps, measured?: (sinceReceivedMs: number) => void): void {
    const sinceMs = this.#connectedSinceMs;
    if (sinceMs === null || stamps.committedAtMs < sinceMs) return;
    this.#parts.afterPaint(() => this.#painted(stamps, measured));
  }

  #painted(stamps: Stamps, measured?: (sinceReceivedMs: number) => void): void {
    const nowMs = this.#parts.clock.nowMs();
    if (nowMs === null) return;
    const sinceReceivedMs = nowMs - stamps.receivedAtMs;
    this.#parts.tally.add(sinceReceivedMs);
    this.#parts.reporter.record({
      sinceSourceMs: nowMs - stamps.sourceAtMs,
      sinceReceivedMs,
      sinceCommittedMs: nowMs - stamps.committedAtMs,
    });
    measured?.(sinceReceivedMs);
  }
}
