/** Turns series of measured latencies into rows a chart can draw, and into a sentence. */
import { msText } from "../text/number-text.ts";

/** `atMs` is the start of the minute (or bucket); `valueMs` null when nobody reported. */
export type LatencySeries = {
  name: string;
  points: ReadonlyArray<{ atMs: number; valueMs: number | null }>;
};

export type LatencyRow = { atMs: number; values: Record<string, number | null> };

/** One row per moment at which any series has a point, oldest first. */
export function mergeByTime(series: readonly LatencySeries[]): LatencyRow[] {
  const rows = new Map<number, LatencyRow>();
  for (const { name, points } of series) {
    for (const { atMs, valueMs } of points) {
      const row = rows.get(atMs) ?? { atMs, values: {} };
      row.values[name] = valueMs;
      rows.set(atMs, row);
    }
  }
  return [...rows.values()].sort((a, b) => a.atMs - b.atMs);
}

/** Round marks for an axis from 0 to at least `maxMs`, four or five steps up. */
export function axisMarks(maxMs: number): number[] {
  const step = STEPS_MS.find((candidate) => candidate * 5 >= maxMs) ?? Math.ceil(maxMs / 5);
  const count = Math.max(4, Math.ceil(maxMs / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

const STEPS_MS = [25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];

/** "Web: p95 latest 61 ms, within the target. …": what the chart shows, in words. */
export function latencySummary(series: readonly LatencySeries[], targetMs: number): string {
  const sentences = series.flatMap(({ name, points }) => {
    const values = points.flatMap(({ valueMs }) => (valueMs === null ? [] : [valueMs]));
    if (values.length === 0) return [];
    const worst = Math.max(...values);
    const verdict =
      worst <= targetMs ? "within the target" : `worst ${msText(worst)}, over the target`;
    return [`${name}: p95 latest ${msText(values.at(-1) ?? null)}, ${verdict}.`];
  });
  return sentences.length === 0 ? "No measurements in this window." : sentences.join(" ");
}
