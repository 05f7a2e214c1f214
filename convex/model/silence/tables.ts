/** Tables of silence. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vSilenceRule, vSilenceState, vSubject } from "./validators.ts";

export const silenceTables = {
  // How long a source, or a route, has been quiet. Written by silence/ only, every minute at most and when
  // something changed; read by the console; deleted with its route.
  silenceWatches: defineTable({
    ...vSubject.fields,
    rule: vSilenceRule,
    state: vSilenceState,
    sinceMs: v.number(), // of the state
    lastAtMs: v.union(v.number(), v.null()), // when it was last heard
    learnedMs: v.union(v.number(), v.null()), // of a source: the silence that is out of the ordinary
    learnedAtMs: v.union(v.number(), v.null()),
    seenId: v.union(v.id("signals"), v.null()), // of a source: the newest post when it was last looked at
    isSettled: v.boolean(), // of a source: that post has been found, or missed, in every target
    toldAtMs: v.union(v.number(), v.null()), // when operators were told of this silence
  })
    .index("by_source_route", ["sourceId", "routeId"])
    .index("by_state_sinceMs", ["state", "sinceMs"]),
};
