/** The shapes of latency receipts. */
import { v } from "convex/values";

export const vSurface = v.union(
  v.literal("web"),
  v.literal("admin"),
  v.literal("botReceived"),
  v.literal("botDispatched"), // the request has left for Discord
  v.literal("botAcknowledged"),
);

export const vHistogramSpan = v.union(v.literal("minute"), v.literal("tenMinutes"));

/** One sighting of a signal, already corrected for the clock offset of the one who saw it. */
export const vSample = v.object({
  sinceSourceMs: v.number(),
  sinceReceivedMs: v.number(),
  sinceCommittedMs: v.number(),
});

const vMilliseconds = v.union(v.number(), v.null()); // null: nothing was seen

export const vSurfaceSummary = v.object({
  surface: vSurface,
  count: v.number(),
  p50: vMilliseconds,
  p95: vMilliseconds,
  p99: vMilliseconds,
  series: v.array(v.object({ atMs: v.number(), p95: vMilliseconds, count: v.number() })),
});
