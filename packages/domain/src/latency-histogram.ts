/**
 * Latencies counted in buckets whose width grows with the value, so that a few
 * hundred small numbers give every percentile of any count of samples.
 *
 *   bucket 0: up to 0.1 ms     bucket i: (0.1 * 1.04^(i-1), 0.1 * 1.04^i] ms
 *
 * [HIST1] A percentile is within 3% of the exact one (nearest rank) from 0.1 ms to 10 minutes.
 * [HIST2] Merging histograms is the same as counting all samples in one.
 * [HIST3] Values outside are counted at the nearest end; what is not a number is not counted.
 * [HIST4] The stored form gives back the same histogram, and anything else is refused.
 */

/** Counts per bucket. Immutable. */
export interface LatencyHistogram {
  readonly count: number;
  readonly buckets: ReadonlyMap<number, number>;
}

const LEAST_MS = 0.1;
const MOST_MS = 600_000; // ten minutes: beyond it only "very late" matters
const GROWTH = 1.04; // a bucket's middle is then at most 2% from its ends
const LAST_BUCKET = bucketOf(MOST_MS);

/** A histogram of nothing. */
export const EMPTY_HISTOGRAM: LatencyHistogram = { count: 0, buckets: new Map() };

/** The histogram with the samples (ms) counted in. */
export function addLatencies(
  histogram: LatencyHistogram,
  samplesMs: readonly number[],
): LatencyHistogram {
  const buckets = new Map(histogram.buckets);
  const counted = samplesMs.filter((sampleMs) => !Number.isNaN(sampleMs));
  for (const sampleMs of counted) {
    const bucket = bucketOf(sampleMs);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  return { count: histogram.count + counted.length, buckets };
}

/** All samples of all histograms in one. */
export function mergeHistograms(histograms: readonly LatencyHistogram[]): LatencyHistogram {
  const buckets = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram.buckets) {
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
    }
  }
  return { count: sumOf(buckets.values()), buckets };
}

/** The latency (ms) that `percent` (0 to 100) of the samples do not exceed, or null without samples. */
export function percentileMs(histogram: LatencyHistogram, percent: number): number | null {
  if (histogram.count === 0) return null;
  const rank = Math.max(1, Math.ceil((percent / 100) * histogram.count - 1e-9)); // 0.95 * 20 is 19, not 19.000000000000004
  let seen = 0;
  for (const [bucket, count] of ascending(histogram)) {
    seen += count;
    if (seen >= rank) return middleOf(bucket);
  }
  return middleOf(LAST_BUCKET);
}

/** The stored form: bucket, count, bucket, count, ... with ascending buckets. */
export function encodeHistogram(histogram: LatencyHistogram): number[] {
  return ascending(histogram).flat();
}

/** The histogram of a stored form. Throws a RangeError if it is not one. */
export function decodeHistogram(stored: readonly number[]): LatencyHistogram {
  const buckets = new Map<number, number>();
  let previous = -1;
  for (let index = 0; index < stored.length; index += 2) {
    const [bucket, count] = [stored[index] ?? -1, stored[index + 1] ?? -1];
    const isBucket = Number.isInteger(bucket) && bucket > previous && bucket <= LAST_BUCKET;
    if (!isBucket || !Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`no histogram: bucket ${bucket} with count ${count} at ${index}`);
    }
    buckets.set(bucket, count);
    previous = bucket;
  }
  return { count: sumOf(buckets.values()), buckets };
}

function bucketOf(sampleMs: number): number {
  const boundMs = Math.min(Math.max(sampleMs, LEAST_MS), MOST_MS);
  return Math.ceil(Math.log(boundMs / LEAST_MS) / Math.log(GROWTH) - 1e-9);
}

/** The value whose relative distance to both ends of the bucket is the same. */
function middleOf(bucket: number): number {
  return bucket === 0 ? LEAST_MS : (LEAST_MS * GROWTH ** bucket * 2) / (1 + GROWTH);
}

function ascending(histogram: LatencyHistogram): [number, number][] {
  return [...histogram.buckets].sort(([a], [b]) => a - b);
}

function sumOf(counts: Iterable<number>): number {
  return [...counts].reduce((sum, count) => sum + count, 0);
}
