/** What must stop at a provider: renewals of people who left, and pages at which nobody may pay any more. */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalAction, internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { stopAtProvider } from "./model/stops/atProvider.ts";
import { readOpenStops, readStopsOf, vToldStop } from "./model/stops/list.ts";
import { beginAttempt, settleAttempt, sweepStops, tryAgain } from "./model/stops/store.ts";
import { type StopTarget, vStopResult, vStopTarget } from "./model/stops/validators.ts";
import { operatorMutation, supportQuery } from "./wrappers.ts";

/** What failed or is under way; of one person: everything. */
export const list = supportQuery({
  args: { userId: v.union(v.id("users"), v.null()) },
  returns: { stops: v.array(vToldStop) },
  handler: async (ctx, { userId }) => ({
    stops: userId === null ? await readOpenStops(ctx) : await readStopsOf(ctx, userId),
  }),
});

/** Tries one that has failed again. Throws `not_found`. */
export const retry = operatorMutation({
  args: { stopId: v.id("stops") },
  returns: v.null(),
  handler: async (ctx, { stopId }) => {
    const { provider, what, ref } = await tryAgain(ctx, stopId);
    await recordDeed(ctx, "stops.retry", stopId, `${what} of ${ref} at ${provider}`);
    return null;
  },
});

/** One attempt. */
export const attempt = internalAction({
  args: { stopId: v.id("stops") },
  returns: v.null(),
  handler: async (ctx, { stopId }) => {
    const target: StopTarget | null = await ctx.runMutation(internal.stops.begin, { stopId });
    if (target === null) return null;
    const result = await stopAtProvider(target);
    await ctx.runMutation(internal.stops.settle, { stopId, result });
    return null;
  },
});

export const begin = internalMutation({
  args: { stopId: v.id("stops") },
  returns: v.union(vStopTarget, v.null()),
  handler: async (ctx, { stopId }) => await beginAttempt(ctx, stopId),
});

export const settle = internalMutation({
  args: { stopId: v.id("stops"), result: vStopResult },
  returns: v.null(),
  handler: async (ctx, { stopId, result }) => {
    await settleAttempt(ctx, stopId, result);
    return null;
  },
});

/** Plans anew what a stopped process left behind, and forgets what is old. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await sweepStops(ctx);
    return null;
  },
});
