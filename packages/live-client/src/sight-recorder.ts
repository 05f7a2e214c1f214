/**
 * Turns "this signal was just painted" into a measurement: for the page's own tally and for the
 * receipts it sends.
 *
 * Only what came over an unbroken connection is measured. A signal committed before the connection
 * stood was caught up with later; its delay says how long the viewer was away. Moments are taken
 * from the local clock at once and translated when the server's clock is known, so that the first
 * signals of a page are measured too.
 */
import type { LatencyTally } from "./latency-tally.ts";
import type { ReceiptReporter } from "./receipt-reporter.ts";
import type { ServerClock } from "./server-clock.ts";

export type Stamps = { sourceAtMs: number; receivedAtMs: number; committedAtMs: number };

export type SightParts = {
  clock: Pick<ServerClock, "localNowMs" | "serverMsAt" | "measure">;
  tally: Pick<LatencyTally, "add">;
  reporter: Pick<ReceiptReporter, "record">;
  afterPaint: (callback: () => void) => void;
};

type Measured = (sinceReceivedMs: number) => void;

export class SightRecorder {
  readonly #parts: SightParts;
  /** On the local clock. */
  #connectedAtMs: number | null = null;

  constructor(parts: SightParts) {
    this.#parts = parts;
  }

  /** The connection stands from now on; what was committed earlier is not measured. */
  connected(): void {
    this.#connectedAtMs = this.#parts.clock.localNowMs();
  }

  /** The connection is gone. */
  disconnected(): void {
    this.#connectedAtMs = null;
  }

  /**
   * To be called in the task that puts the signal on the page. `measured` gets the delay since
   * the backend received it, in ms, once it is painted; it may never be called.
   */
  appeared(stamps: Stamps, measured?: Measured): void {
    const connectedAtMs = this.#connectedAtMs;
    if (connectedAtMs === null) return;
    this.#parts.afterPaint(() => {
      const paintedAtMs = this.#parts.clock.localNowMs();
      void this.#record(stamps, connectedAtMs, paintedAtMs, measured);
    });
  }

  async #record(
    stamps: Stamps,
    connectedAtMs: number,
    paintedAtMs: number,
    measured?: Measured,
  ): Promise<void> {
    const { clock, tally, reporter } = this.#parts;
    await clock.measure(); // done already, but for the first signals of a page
    const connectedMs = clock.serverMsAt(connectedAtMs);
    const paintedMs = clock.serverMsAt(paintedAtMs);
    if (connectedMs === null || paintedMs === null || stamps.committedAtMs < connectedMs) return;
    const sinceReceivedMs = paintedMs - stamps.receivedAtMs;
    tally.add(sinceReceivedMs);
    reporter.record({
      sinceSourceMs: paintedMs - stamps.sourceAtMs,
      sinceReceivedMs,
      sinceCommittedMs: paintedMs - stamps.committedAtMs,
    });
    measured?.(sinceReceivedMs);
  }
}
