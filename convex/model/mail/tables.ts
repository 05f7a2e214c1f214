/** Tables of mail. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vMailState } from "./validators.ts";

export const mailTables = {
  // A mail to one person. Written by mail/ only; read by whoever sends it and by the console; the text is
  // dropped once it is sent, the row after 30 days.
  mails: defineTable({
    to: v.string(),
    subject: v.string(),
    text: v.union(v.string(), v.null()), // null: sent, or given up and forgotten
    state: vMailState,
    attempts: v.number(),
    dueAtMs: v.number(), // when the next attempt begins
    code: v.union(v.string(), v.null()), // why the last attempt failed
    settledAtMs: v.union(v.number(), v.null()),
  })
    .index("by_state_dueAtMs", ["state", "dueAtMs"])
    .index("by_to", ["to"])
    .index("by_settledAtMs", ["settledAtMs"]),
};
