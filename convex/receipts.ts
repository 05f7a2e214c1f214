/** Receipts: how long after it was received each surface saw a signal. */
import { v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import { recordSamples } from "./model/receipts/record.ts";
import { rollUpReceipts } from "./model/receipts/rollUp.ts";
import { summarise } from "./model/receipts/summary.ts";
import { vSample, vSurfaceSummary } from "./model/receipts/validators.ts";
import { feedKeyMutation, operatorMutation, operatorQuery, workerMutation } from "./wrappers.ts";

const vRecorded = v.object({ state: v.literal("recorded") });

/** What a viewer saw, after paint. One call per 30 s at most, 50 samples at most. */
export const reportFeed = feedKeyMutation({
  args: { samples: v.array(vSample) },
  handler: async (ctx, { samples }) => {
    await recordSamples(ctx, "web", samples);
    return { state: "recorded" };
  },
});

/** What a bot saw. One call per 30 s at most, 50 samples at most. */
export const report = workerMutation({
  args: {
    surface: v.union(
      v.literal("botReceived"),
      v.literal("botDispatched"),
      v.literal("botAcknowledged"),
    ),
    samples: v.array(vSample),
  },
  returns: vRecorded,
  handler: async (ctx, { surface, samples }) => {
    await recordSamples(ctx, surface, samples);
    return { state: "recorded" as const };
  },
});

/** What a console saw. One call per 30 s at most, 50 samples at most. */
export const reportConsole = operatorMutation({
  args: { samples: v.array(vSample) },
  returns: vRecorded,
  handler: async (ctx, { samples }) => {
    await recordSamples(ctx, "admin", samples);
    return { state: "recorded" as const };
  },
});

/** Percentiles per surface over the last hour (per minute) or day (per ten minutes); seconds behind. */
export const summary = operatorQuery({
  args: { window: v.union(v.literal("hour"), v.literal("day")) },
  returns: { surfaces: v.array(vSurfaceSummary) },
  handler: async (ctx, { window }) => ({ surfaces: await summarise(ctx, window) }),
});

/** Sums up the slots of the last minutes. */
export const rollUp = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await rollUpReceipts(ctx);
    return null;
  },
});
