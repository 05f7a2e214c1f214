/** What stands in target channels beside the mirrors' own rows. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

export const mirrorTables = {
  // Which mirror a posted message belongs to. Written and deleted by settle, in step with what is applied;
  // read when a message is removed by hand and by the check of a target.
  mirrorPosts: defineTable({
    messageId: v.string(),
    mirrorId: v.id("mirrors"),
  }).index("by_messageId", ["messageId"]),

  // One row per target channel: when what stands there was last compared with what is wanted, and what was
  // found. Written by drift/; read by the bot that checks and by the console; deleted with the last route.
  targetChecks: defineTable({
    channelId: v.string(),
    guildId: v.string(),
    shard: v.number(),
    state: v.union(v.literal("wanted"), v.literal("done")),
    wantedAtMs: v.number(),
    checkedAtMs: v.union(v.number(), v.null()),
    compared: v.number(), // mirrors that were looked at
    missing: v.number(), // messages that were not there
    changed: v.number(), // mirrors that showed something else
    strays: v.number(), // messages of ours that no mirror knows: removed
    code: v.union(v.string(), v.null()), // why it could not be checked
  })
    .index("by_channelId", ["channelId"])
    .index("by_shard_state_wantedAtMs", ["shard", "state", "wantedAtMs"])
    .index("by_state_checkedAtMs", ["state", "checkedAtMs"]),
};
