/** Latency as the console shows it: percentiles per surface over the last hour or day. */
import {
  decodeHistogram,
  type LatencyHistogram,
  mergeHistograms,
  percentileMs,
} from "@heliograph/domain";
import type { Infer } from "convex/values";
import type { DatabaseReader } from "../../_generated/server.js";
import type { Surface } from "./record.ts";
import type { vSurfaceSummary } from "./validators.ts";

type SurfaceSummary = Infer<typeof vSurfaceSummary>;

const SURFACES = ["web", "admin", "botReceived", "botDispatched", "botAcknowledged"] as const;
const WINDOWS = {
  hour: { span: "minute", points: 60 },
  day: { span: "tenMinutes", points: 144 },
} as const;

/** One summary per surface, also for those that saw nothing. */
export async function summarise(
  ctx: { db: DatabaseReader },
  window: keyof typeof WINDOWS,
): Promise<SurfaceSummary[]> {
  return await Promise.all(SURFACES.map((surface) => summariseSurface(ctx, surface, window)));
}

async function summariseSurface(
  ctx: { db: DatabaseReader },
  surface: Surface,
  window: keyof typeof WINDOWS,
): Promise<SurfaceSummary> {
  const { span, points } = WINDOWS[window];
  const rows = await ctx.db
    .query("receiptHistograms")
    .withIndex("by_span_surface_start", (q) => q.eq("span", span).eq("surface", surface))
    .order("desc")
    .take(points);
  const series = rows.reverse().map(({ startMs, counts }) => {
    return { atMs: startMs, histogram: decodeHistogram(counts) };
  });
  const all: LatencyHistogram = mergeHistograms(series.map(({ histogram }) => histogram));
  return {
    surface,
    count: all.count,
    p50: percentileMs(all, 50),
    p95: percentileMs(all, 95),
    p99: percentileMs(all, 99),
    series: series.map(({ atMs, histogram }) => {
      return { atMs, p95: percentileMs(histogram, 95), count: histogram.count };
    }),
  };
}
