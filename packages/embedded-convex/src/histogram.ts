/**
 * Counts of measured values between fixed bounds, for `/metrics`. Observing costs a few
 * comparisons and allocates nothing, so it may stand on the path of a commit.
 */
export class Histogram {
  /** Upper bounds, ascending; above the last one everything counts as one. */
  readonly bounds: readonly number[];
  /** How many values fell to each bound (not cumulative), then those above all. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let i = 0;
    while (i < this.bounds.length && value > (this.bounds[i] ?? 0)) i++;
    this.counts[i] = (this.counts[i] ?? 0) + 1;
    this.sum += value;
  }
}

/** Seconds, for what takes from a tenth of a millisecond to some seconds. */
export const SHORT_TIMES = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
] as const;

/** Seconds, for what takes from a millisecond to minutes. */
export const LONG_TIMES = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120,
] as const;
