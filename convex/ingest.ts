/** Ingest: the one way posts come in, from the bot's socket or a source's HTTP request. */
import { ConvexError, v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import { acceptBatch } from "./model/ingest/acceptBatch.ts";
import { acceptWithToken, vAcceptance } from "./model/ingest/acceptWithToken.ts";
import { readBatch } from "./model/ingest/read.ts";
import { rollUpTallies } from "./model/ingest/rollUp.ts";
import { endThrottle } from "./model/ingest/throttle.ts";
import { vItemResult, vReadItem } from "./model/ingest/validators.ts";
import { vSignalKind } from "./model/signals/validators.ts";
import { workerMutation } from "./wrappers.ts";

/** Stores what a bot captured. Safe to repeat; results are per item. */
export const events = workerMutation({
  // Read item by item, so that a wrong one rejects only itself: hence no closer validator.
  args: {
    events: v.array(v.any()),
    receivedAtMs: v.number(),
    textKinds: v.optional(v.array(v.union(vSignalKind, v.null()))), // as `textKindOf` says
  },
  returns: v.object({ results: v.array(vItemResult) }),
  handler: async (ctx, args) => {
    const batch = readBatch(args.events, Date.now(), args.textKinds);
    if (!batch.ok) throw new ConvexError({ code: batch.code, message: batch.message });
    const origin = { machine: ctx.machine, receivedAtMs: args.receivedAtMs };
    return { results: await acceptBatch(ctx, batch.items, origin) };
  },
});

/** The whole of an HTTP ingest request in one transaction: token, limit, fold, seqs, mirrors. */
export const accept = internalMutation({
  args: { tokenHash: v.string(), items: v.array(vReadItem), receivedAtMs: v.number() },
  returns: vAcceptance,
  handler: async (ctx, args) => await acceptWithToken(ctx, args),
});

/** Sums up the tallies of the last seconds. */
export const rollUp = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await rollUpTallies(ctx);
    return null;
  },
});

/** Runs at a throttle's untilMs. */
export const unthrottle = internalMutation({
  args: { throttleId: v.id("ingestThrottles") },
  returns: v.null(),
  handler: async (ctx, { throttleId }) => {
    await endThrottle(ctx, throttleId);
    return null;
  },
});
