/** What this page measured itself: the delays of the last signals it painted. */

const KEPT = 200; // enough for a p95 that means something, little enough to follow a change

export type LatencySnapshot = {
  /** How many were measured, also those no longer kept. */
  count: number;
  lastMs: number | null;
  /** Over the kept ones, nearest rank; null before the first. */
  p50Ms: number | null;
  p95Ms: number | null;
};

const EMPTY: LatencySnapshot = { count: 0, lastMs: null, p50Ms: null, p95Ms: null };

/** Keeps the last 200 delays and tells listeners after each. */
export class LatencyTally {
  #delaysMs: number[] = [];
  #snapshot = EMPTY;
  readonly #listeners = new Set<() => void>();

  /** `delayMs` is already corrected for the clock offset. */
  add(delayMs: number): void {
    this.#delaysMs = [...this.#delaysMs, delayMs].slice(-KEPT);
    const sorted = this.#delaysMs.toSorted((a, b) => a - b);
    this.#snapshot = {
      count: this.#snapshot.count + 1,
      lastMs: delayMs,
      p50Ms: nearestRank(sorted, 0.5),
      p95Ms: nearestRank(sorted, 0.95),
    };
    for (const listener of this.#listeners) listener();
  }

  /** The same object until the next `add`. */
  readonly snapshot = (): LatencySnapshot => this.#snapshot;

  /** Calls back after each `add`; returns the way to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

function nearestRank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
