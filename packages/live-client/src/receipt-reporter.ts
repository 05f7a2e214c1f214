/**
 * Reports what a surface saw: sampled, batched, and never in the way.
 *
 *   record record record ... |<- first batch after a random part of 30 s
 *                             record ... |<- then at most one every 30 s
 *
 * Who leaves earlier reports on leaving, else short visits would never be heard of; never sooner
 * than 30 s after the last batch. Owns the batch being gathered. The clock, the chance and the
 * sending are given. A batch that cannot be sent is dropped: receipts are a sample, and a retry
 * would only report late.
 */
export type Sample = {
  /** Milliseconds between the stamp and the paint, corrected for the clock offset. */
  sinceSourceMs: number;
  sinceReceivedMs: number;
  sinceCommittedMs: number;
};

export type ReporterParts = {
  /** Sends one batch. Rejections are swallowed. */
  send: (samples: Sample[]) => Promise<unknown>;
  /** Calls back once after `delayMs`; returns the way to cancel. */
  schedule: (delayMs: number, callback: () => void) => () => void;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Calls back when the page is hidden or left; returns the way to stop. */
  onLeave: (callback: () => void) => () => void;
};

/** At most one report per 30 s: the sum over 600 viewers stays under 20 a second. */
export const REPORT_INTERVAL_MS = 30_000;
/** More would be refused by the backend. */
export const MAX_SAMPLES = 50;

export class ReceiptReporter {
  readonly #parts: ReporterParts;
  #samples: Sample[] = [];
  #seen = 0;
  #cancel: (() => void) | null = null;
  #hasReported = false;
  /** A batch went out less than 30 s ago. */
  #isResting = false;
  #closed = false;
  readonly #stopListening: () => void;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
    this.#stopListening = parts.onLeave(() => this.#leave());
  }

  /** Takes one measurement into the batch. Each of a batch has the same chance to be kept. */
  record(sample: Sample): void {
    if (this.#closed) return;
    this.#seen += 1;
    if (this.#samples.length < MAX_SAMPLES) this.#samples.push(sample);
    else this.#replaceOne(sample);
    this.#cancel ??= this.#parts.schedule(this.#delayMs(), () => this.#report());
  }

  /** Ends reporting; what was gathered is dropped. */
  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#cancel?.();
    this.#cancel = null;
    this.#samples = [];
  }

  /** Reservoir sampling: the nth measurement stays with chance 50/n. */
  #replaceOne(sample: Sample): void {
    const place = Math.floor(this.#parts.random() * this.#seen);
    if (place < MAX_SAMPLES) this.#samples[place] = sample;
  }

  /** Viewers who all saw the same first signal must not all report in the same second. */
  #delayMs(): number {
    return this.#hasReported
      ? REPORT_INTERVAL_MS
      : (0.2 + 0.8 * this.#parts.random()) * REPORT_INTERVAL_MS;
  }

  #leave(): void {
    if (this.#isResting || this.#samples.length === 0) return;
    this.#cancel?.();
    this.#report();
  }

  #report(): void {
    const samples = this.#samples;
    this.#samples = [];
    this.#seen = 0;
    this.#hasReported = true;
    this.#isResting = true;
    // The next batch waits its full time from now, even if the first record comes at once.
    this.#cancel = this.#parts.schedule(REPORT_INTERVAL_MS, () => this.#continue());
    this.#parts.send(samples).catch(() => undefined);
  }

  #continue(): void {
    this.#cancel = null;
    this.#isResting = false;
    if (this.#samples.length > 0) this.#report();
  }
}

/** The browser's own timer, chance and farewell. */
export function browserReporterParts(): Omit<ReporterParts, "send"> {
  return {
    onLeave: (callback) => {
      const stop = new AbortController();
      const { signal } = stop;
      // A phone may end a hidden page without another word, so hiding counts as leaving.
      document.addEventListener(
        "visibilitychange",
        () => document.visibilityState === "hidden" && callback(),
        { signal },
      );
      window.addEventListener("pagehide", callback, { signal });
      return () => stop.abort();
    },
    schedule: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    random: Math.random,
  };
}
