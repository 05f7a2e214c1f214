/**
 * Collects when the bot saw and posted signals, corrected for the offset of its
 * clock, and reports a sample of it at most every 30 s.
 */
import type { Backend, ReceiptSample } from "../backend.ts";
import type { Clock } from "../clock.ts";

const REPORT_EVERY_MS = 30_000;
const SAMPLE_LIMIT = 50; // what the backend takes in one report

export interface Stamps {
  readonly sourceAtMs: number;
  readonly receivedAtMs: number;
  readonly committedAtMs: number;
}

type Surface = "botReceived" | "botAcknowledged";

export interface ReceiptBook {
  note(surface: Surface, stamps: Stamps): void;
}

export interface ReceiptBookOptions {
  readonly clock: Clock;
  /** Server time minus own time, in ms; 0 until it has been estimated. */
  readonly offsetMs: () => number;
  readonly report: Backend["report"];
  readonly onError: (error: unknown) => void;
}

export class SampledReceiptBook implements ReceiptBook {
  readonly #options: ReceiptBookOptions;
  readonly #samples: Record<Surface, ReceiptSample[]> = { botReceived: [], botAcknowledged: [] };
  readonly #counts: Record<Surface, number> = { botReceived: 0, botAcknowledged: 0 };
  #cancel: (() => void) | null = null;

  constructor(options: ReceiptBookOptions) {
    this.#options = options;
  }

  note(surface: Surface, stamps: Stamps): void {
    const nowMs = this.#options.clock.nowMs() + this.#options.offsetMs();
    const sample = {
      sinceSourceMs: nowMs - stamps.sourceAtMs,
      sinceReceivedMs: nowMs - stamps.receivedAtMs,
      sinceCommittedMs: nowMs - stamps.committedAtMs,
    };
    const samples = this.#samples[surface];
    const seen = this.#counts[surface]++;
    if (samples.length < SAMPLE_LIMIT) samples.push(sample);
    else samples[(seen * 7919) % SAMPLE_LIMIT] = sample; // spread over the period, without randomness
    this.#cancel ??= this.#options.clock.after(REPORT_EVERY_MS, () => {
      this.#cancel = null;
      this.flush().catch(this.#options.onError);
    });
  }

  /** Sends what has been collected. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    for (const surface of ["botReceived", "botAcknowledged"] as const) {
      const samples = this.#samples[surface].splice(0);
      this.#counts[surface] = 0;
      if (samples.length > 0) await this.#options.report(surface, samples);
    }
  }
}
