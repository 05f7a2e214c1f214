/** Who may see what, until when, and why. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vFeed } from "../signals/validators.ts";
import { vEntitlementCause, vTimelineCause } from "./validators.ts";

export const accessTables = {
  // What a person may see now: one row a user who may see anything. Written by access/ only; read by the
  // grant query, roles and pages; deleted by access/ when nothing is left.
  access: defineTable({
    userId: v.id("users"),
    tier: vFeed,
    untilMs: v.union(v.number(), v.null()), // when the decision changes; null: no end is known
    shard: v.number(), // of the feed keys
  })
    .index("by_userId", ["userId"])
    .index("by_shard_untilMs", ["shard", "untilMs"]),

  // When a person's access is decided anew, beside their access: people whose access only begins have
  // none yet. Written by access/ only; read by its sweep; deleted when no change is known.
  accessChecks: defineTable({
    userId: v.id("users"),
    changesAtMs: v.number(), // when the decision changes
    checkAtMs: v.number(), // when a function is scheduled: then, or earlier if that is years away
  })
    .index("by_userId", ["userId"])
    .index("by_checkAtMs", ["checkAtMs"]),

  // Access that an operator gave by hand. Written by access/; never deleted, only revoked.
  grants: defineTable({
    userId: v.id("users"),
    tier: vFeed,
    fromMs: v.number(),
    untilMs: v.union(v.number(), v.null()),
    reason: v.string(),
    revokedAtMs: v.union(v.number(), v.null()),
  }).index("by_userId", ["userId"]),

  // How many viewers a shard has. Written by access/ only; read by nobody who serves a viewer.
  shardUses: defineTable({
    shard: v.number(),
    lane: v.optional(v.number()), // of the people it is given to; none: from before there were lanes
    viewers: v.number(),
  })
    .index("by_shard", ["shard"])
    .index("by_lane_viewers", ["lane", "viewers"]),

  // Every change of a person's access with its cause. Written in the transaction of the change; read by
  // the account page and the operator; never changed.
  accessTimeline: defineTable({
    userId: v.id("users"),
    atMs: v.number(),
    tier: v.union(vFeed, v.null()), // null: none
    untilMs: v.union(v.number(), v.null()),
    cause: vTimelineCause,
    because: v.array(vEntitlementCause), // what gave the tier
  }).index("by_userId_atMs", ["userId", "atMs"]),
};
