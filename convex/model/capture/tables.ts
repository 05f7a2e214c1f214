/** How well each source is captured. Cold beside the hot path: ingest writes tallies, and the roll-up this. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vCaptureState, vGap } from "./validators.ts";

export const captureTables = {
  // What came of a source, whichever way it came. Written by ingest's roll-up; read by the console.
  captureCounts: defineTable({
    sourceId: v.id("sources"),
    sinceMs: v.number(), // when counting began
    lastEventAtMs: v.number(), // of any event that was taken, also a repetition
    lastSignalAtMs: v.union(v.number(), v.null()), // of an event that changed something
    accepted: v.number(),
    duplicate: v.number(),
    stale: v.number(),
  }).index("by_sourceId", ["sourceId"]),

  // What the bot says of a source. Written by capture/ when that changes; read by the console.
  captureReports: defineTable({
    sourceId: v.id("sources"),
    state: vCaptureState,
    code: v.union(v.string(), v.null()), // why it failed
    message: v.union(v.string(), v.null()),
    reportedAtMs: v.number(),
    lastGap: v.union(vGap, v.null()),
    gaps: v.number(), // since the source was first watched
  }).index("by_sourceId", ["sourceId"]),
};
