/** TradingView: alerts come in at POST /ingest/tradingview/{token} and become posts by templates. */
import { readAlert } from "@heliograph/domain";
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { admitSender, vRefusal } from "./model/ingest/admit.ts";
import { listAlerts, sweepAlerts } from "./model/tradingview/alerts.ts";
import { receiveAlert } from "./model/tradingview/receive.ts";
import { listTemplates, removeTemplate, saveTemplate } from "./model/tradingview/templates.ts";
import { vAlertRendering } from "./model/tradingview/validators.ts";
import { operatorMutation, operatorQuery } from "./wrappers.ts";

/** The whole of an alert's request in one transaction. Safe to repeat: an alert is known again. */
export const receive = internalMutation({
  args: { tokenHash: v.string(), body: v.string(), receivedAtMs: v.number() },
  returns: v.union(
    vRefusal,
    v.object({
      state: v.literal("received"),
      status: v.union(v.literal("accepted"), v.literal("duplicate")),
      seq: v.optional(v.number()),
    }),
  ),
  handler: async (ctx, { tokenHash, body, receivedAtMs }) => {
    const admission = await admitSender(ctx, tokenHash, "tradingview");
    if (admission.state === "refused") return admission;
    const { machine } = admission;
    const alert = readAlert(body);
    if (alert === null || machine.sourceId === null) {
      throw new Error("an empty alert, or an endpoint without a source, was let through");
    }
    const endpoint = { ...machine, sourceId: machine.sourceId };
    const outcome = await receiveAlert(ctx, endpoint, { alert, body, receivedAtMs });
    return { state: "received" as const, ...outcome };
  },
});

export const templates = operatorQuery({
  args: { sourceId: v.id("sources") },
  returns: {
    templates: v.array(
      v.object({
        templateId: v.id("alertTemplates"),
        alertName: v.union(v.string(), v.null()), // null: for alerts without a template of their own
        template: v.string(),
        updatedAtMs: v.number(),
      }),
    ),
  },
  handler: async (ctx, { sourceId }) => ({
    templates: (await listTemplates(ctx, sourceId)).map((row) => {
      const { _id: templateId, alertName, template, updatedAtMs } = row;
      return { templateId, alertName, template, updatedAtMs };
    }),
  }),
});

/** Saves a template over the one of that name. Holds for alerts that come from then on. */
export const save = operatorMutation({
  args: {
    sourceId: v.id("sources"),
    alertName: v.union(v.string(), v.null()),
    template: v.string(),
  },
  returns: v.id("alertTemplates"),
  handler: async (ctx, args) => {
    const templateId = await saveTemplate(ctx, args);
    await recordDeed(ctx, "tradingview.save", args.sourceId, args.alertName);
    return templateId;
  },
});

export const remove = operatorMutation({
  args: { templateId: v.id("alertTemplates") },
  returns: v.null(),
  handler: async (ctx, { templateId }) => {
    await removeTemplate(ctx, templateId);
    await recordDeed(ctx, "tradingview.remove", templateId);
    return null;
  },
});

/** The newest alerts of a source, newest first. */
export const recent = operatorQuery({
  args: { sourceId: v.id("sources") },
  returns: {
    alerts: v.array(
      v.object({
        alertId: v.id("alerts"),
        body: v.string(),
        receivedAtMs: v.number(),
        rendering: vAlertRendering,
        missing: v.array(v.string()),
        repeats: v.number(),
      }),
    ),
  },
  handler: async (ctx, { sourceId }) => ({
    alerts: (await listAlerts(ctx, sourceId)).map((row) => {
      const { _id: alertId, body, receivedAtMs, rendering, missing, repeats } = row;
      return { alertId, body, receivedAtMs, rendering, missing, repeats };
    }),
  }),
});

/** Forgets alerts of former days. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const hasMore = await sweepAlerts(ctx);
    if (hasMore) await ctx.scheduler.runAfter(0, internal.tradingview.sweep, {});
    return null;
  },
});
