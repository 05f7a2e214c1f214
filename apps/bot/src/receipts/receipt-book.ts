/**
 * Collects when the bot saw and posted signals, in server time, and reports at
 * most 50 of a surface every 30 s.
 *
 * Of more, every one has the same chance to be reported (reservoir sampling), so
 * that percentiles of the sample are those of the whole.
 */
import type { Backend, ReceiptSample } from "../backend.ts";
import type { Clock } from "../clock.ts";

const REPORT_EVERY_MS = 30_000;
const SAMPLE_LIMIT = 50; // what the backend takes in one report
const SURFACES = ["botReceived", "botDispatched", "botAcknowledged"] as const;

export interface Stamps {
  readonly sourceAtMs: number;
  readonly receivedAtMs: number;
  readonly committedAtMs: number;
}

export type ReceiptSurface = (typeof SURFACES)[number];

export interface ReceiptBookOptions {
  readonly clock: Clock;
  /** Server time, in ms. */
  readonly serverNowMs: () => number;
  /** From 0 to below 1, evenly. */
  readonly random: () => number;
  readonly report: Backend["report"];
  readonly onError: (error: unknown) => void;
  /** Hears of every note, also of those that no report has room for. */
  readonly onNote?: (surface: ReceiptSurface, stamps: Stamps) => void;
}

export class ReceiptBook {
  readonly #options: ReceiptBookOptions;
  readonly #samples: Record<ReceiptSurface, ReceiptSample[]> = {
    botReceived: [],
    botDispatched: [],
    botAcknowledged: [],
  };
  readonly #seen: Record<ReceiptSurface, number> = {
    botReceived: 0,
    botDispatched: 0,
    botAcknowledged: 0,
  };
  #cancel: (() => void) | null = null;

  constructor(options: ReceiptBookOptions) {
    this.#options = options;
  }

  /** It happened now. */
  note(surface: ReceiptSurface, stamps: Stamps): void {
    const { clock, serverNowMs, onError, onNote } = this.#options;
    onNote?.(surface, stamps);
    const nowMs = serverNowMs();
    this.#keep(surface, {
      sinceSourceMs: nowMs - stamps.sourceAtMs,
      sinceReceivedMs: nowMs - stamps.receivedAtMs,
      sinceCommittedMs: nowMs - stamps.committedAtMs,
    });
    this.#cancel ??= clock.after(REPORT_EVERY_MS, () => {
      this.flush().catch(onError);
    });
  }

  /** Sends what has been collected. Rejects when the backend refuses; that sample is then lost. */
  async flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    for (const surface of SURFACES) {
      const samples = this.#samples[surface].splice(0);
      this.#seen[surface] = 0;
      if (samples.length > 0) await this.#options.report(surface, samples);
    }
  }

  #keep(surface: ReceiptSurface, sample: ReceiptSample): void {
    const samples = this.#samples[surface];
    this.#seen[surface] += 1;
    if (samples.length < SAMPLE_LIMIT) {
      samples.push(sample);
      return;
    }
    const place = Math.floor(this.#options.random() * this.#seen[surface]);
    if (place < SAMPLE_LIMIT) samples[place] = sample;
  }
}
