import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  addLatencies,
  decodeHistogram,
  EMPTY_HISTOGRAM,
  encodeHistogram,
  mergeHistograms,
  percentileMs,
} from "./latency-histogram.ts";

const PERCENTS = [0, 1, 25, 50, 90, 95, 99, 99.9, 100];
const latency = fc.oneof(
  fc.double({ min: 0.1, max: 600_000, noNaN: true }),
  fc.integer({ min: 1, max: 300 }),
  fc.double({ min: 5, max: 40, noNaN: true }),
);
const latencies = fc.array(latency, { minLength: 1, maxLength: 300, size: "max" });

function histogramOf(samplesMs: readonly number[]) {
  return addLatencies(EMPTY_HISTOGRAM, samplesMs);
}

function exactPercentile(samplesMs: readonly number[], percent: number): number {
  const ascending = [...samplesMs].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * ascending.length - 1e-9));
  return ascending[rank - 1] ?? Number.NaN;
}

test("[HIST1] every percentile is within 3% of the exact one", () => {
  const property = fc.property(latencies, fc.constantFrom(...PERCENTS), (samplesMs, percent) => {
    const exact = exactPercentile(samplesMs, percent);
    const found = percentileMs(histogramOf(samplesMs), percent) ?? Number.NaN;
    expect(Math.abs(found - exact) / exact).toBeLessThan(0.03);
  });
  fc.assert(property, { numRuns: 1000 });
});

test("[HIST1] the percentile of nothing is null", () => {
  expect(percentileMs(EMPTY_HISTOGRAM, 95)).toBeNull();
});

test("[HIST2] merging is the same as counting everything at once, in any grouping", () => {
  const property = fc.property(latencies, latencies, latencies, (a, b, c) => {
    const merged = mergeHistograms([
      mergeHistograms([histogramOf(a), histogramOf(b)]),
      histogramOf(c),
    ]);
    const whole = histogramOf([...c, ...b, ...a]);
    expect(encodeHistogram(merged)).toEqual(encodeHistogram(whole));
    expect(merged.count).toBe(a.length + b.length + c.length);
  });
  fc.assert(property);
});

test("[HIST3] values outside count at the nearest end, what is no number does not count", () => {
  const histogram = histogramOf([-5, 0, Number.NaN]);
  expect(histogram.count).toBe(2);
  expect(percentileMs(histogram, 50)).toBe(0.1);
  const late = percentileMs(histogramOf([Number.POSITIVE_INFINITY, 1e12]), 50) ?? 0;
  expect(Math.abs(late - 600_000) / 600_000).toBeLessThan(0.03);
});

test("[HIST4] the stored form is short and gives the same histogram back", () => {
  const property = fc.property(latencies, (samplesMs) => {
    const stored = encodeHistogram(histogramOf(samplesMs));
    expect(stored.length).toBeLessThan(1000);
    const restored = decodeHistogram(stored);
    expect(restored).toEqual({
      count: samplesMs.length,
      buckets: new Map(histogramOf(samplesMs).buckets),
    });
  });
  fc.assert(property);
});

test("[HIST4] anything else is refused", () => {
  for (const stored of [[1], [1, 0], [2, 1, 1, 1], [-1, 1], [1.5, 1], [1, 0.5], [100_000, 1]]) {
    expect(() => decodeHistogram(stored)).toThrow(RangeError);
  }
});
