/** Alerts of TradingView, and how they become posts. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vAlertRendering } from "./validators.ts";

export const tradingviewTables = {
  // How alerts of a source become posts. Written and deleted by tradingview/ for staff; read when an
  // alert comes.
  alertTemplates: defineTable({
    sourceId: v.id("sources"),
    alertName: v.union(v.string(), v.null()), // null: for alerts that have no template of their own
    template: v.string(),
    updatedAtMs: v.number(),
  }).index("by_source_name", ["sourceId", "alertName"]),

  // Alerts of the last days, for the console and to know a repetition. Written by tradingview/; deleted by
  // its sweep.
  alerts: defineTable({
    sourceId: v.id("sources"),
    key: v.string(), // the hash of what makes it this alert
    body: v.string(), // what was sent, without credentials
    receivedAtMs: v.number(),
    messageId: v.string(), // of its signal
    rendering: vAlertRendering,
    missing: v.array(v.string()), // placeholders that had no value
    repeats: v.number(), // how often it came again
  })
    .index("by_source_key_received", ["sourceId", "key", "receivedAtMs"])
    .index("by_source_received", ["sourceId", "receivedAtMs"])
    .index("by_receivedAtMs", ["receivedAtMs"]),
};
