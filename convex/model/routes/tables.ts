/** Where posts are mirrored to, and by which rules. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vRouteRules } from "./validators.ts";

export const routeTables = {
  // Where a source's posts are mirrored to. Written by routes/ and setup/; read by ingest and the
  // console; deleted by routes/.
  routes: defineTable({
    sourceId: v.id("sources"),
    guildId: v.string(),
    channelId: v.string(), // the thread's own id where a thread is the target
    name: v.string(),
    pingRoleId: v.union(v.string(), v.null()),
    shard: v.number(), // the worker shard, and so the token, that serves the channel
    rulesId: v.optional(v.id("routeRules")), // none: plain
    paused: v.optional(v.boolean()), // posts that arrive meanwhile are never mirrored there
  })
    .index("by_source_channel", ["sourceId", "channelId"])
    .index("by_channelId", ["channelId"])
    .index("by_shard_channel", ["shard", "channelId"]),

  // The rules of a route at some time, never changed: a mirror keeps those it was planned with, so that an edit
  // goes the way its post went. Written by routes/; read by ingest, the work list and the console; never deleted.
  routeRules: defineTable(vRouteRules),
};
