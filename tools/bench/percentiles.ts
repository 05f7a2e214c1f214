/** Exact percentiles of measured latencies. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Nearest rank, in ms with two decimals; NaN-free: throws when nothing was measured. */
export function percentiles(name: string, latenciesMs: readonly number[]): Percentiles {
  if (latenciesMs.length === 0) throw new Error(`${name}: nothing was measured`);
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (share: number) =>
    round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
