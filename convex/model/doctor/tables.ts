/** Tables of the doctor. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vMode, vTestOutcome, vTestState } from "./validators.ts";

export const doctorTables = {
  // A test message that a bot is to write and remove. Written by doctor/ only: wanted by staff, settled by
  // the bot; read by the bot and the console; deleted a day later.
  targetTests: defineTable({
    botUserId: v.string(),
    guildId: v.string(),
    channelId: v.string(),
    mode: vMode,
    state: vTestState,
    requestedAtMs: v.number(),
    ...vTestOutcome.fields,
  })
    .index("by_bot_state", ["botUserId", "state"])
    .index("by_channel_mode", ["channelId", "mode", "requestedAtMs"])
    .index("by_requestedAtMs", ["requestedAtMs"]),
};
