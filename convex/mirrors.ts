/** Mirrors: the work list of the bot, and what it settles. */
import { ConvexError, v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import {
  MOST_SETTLEMENTS,
  becomeDue as makeDue,
  settleBatch,
  wakeOverdue,
} from "./model/mirrors/settle.ts";
import { vLane, vMirrorWork, vSettlement } from "./model/mirrors/validators.ts";
import { expandSignal, spreadSignal } from "./model/mirrors/want.ts";
import { withdrawRoute } from "./model/mirrors/withdraw.ts";
import { readWork } from "./model/mirrors/work.ts";
import { workerMutation, workerQuery } from "./wrappers.ts";

/** What can be done now in one lane of a shard, oldest first. Meant to be subscribed by the holder. */
export const work = workerQuery({
  args: { shard: v.number(), lane: vLane },
  returns: { rows: v.array(vMirrorWork) },
  handler: async (ctx, args) => ({ rows: await readWork(ctx, args) }),
});

/** Records what the worker did. Safe to repeat; changes nothing for a worker that lost its lease. */
export const settle = workerMutation({
  args: { shard: v.number(), epoch: v.number(), results: v.array(vSettlement) },
  returns: v.union(
    v.object({ state: v.literal("settled") }),
    v.object({ state: v.literal("leaseLost") }),
  ),
  handler: async (ctx, { shard, epoch, results }) => {
    if (results.length > MOST_SETTLEMENTS) {
      const message = `Send at most ${MOST_SETTLEMENTS} results, not ${results.length}.`;
      throw new ConvexError({ code: "too_many_results", message });
    }
    const claim = { shard, epoch, machineId: ctx.machine._id };
    const isHeld = await settleBatch(ctx, claim, results);
    return isHeld ? { state: "settled" as const } : { state: "leaseLost" as const };
  },
});

/** Plans the next targets of a signal with many routes. */
export const expand = internalMutation({
  args: { signalId: v.id("signals"), afterChannelId: v.string() },
  returns: v.null(),
  handler: async (ctx, { signalId, afterChannelId }) => {
    await expandSignal(ctx, signalId, afterChannelId);
    return null;
  },
});

/** Carries a change on to the next mirrors of a signal with many. */
export const spread = internalMutation({
  args: { signalId: v.id("signals"), afterChannelId: v.string() },
  returns: v.null(),
  handler: async (ctx, { signalId, afterChannelId }) => {
    await spreadSignal(ctx, signalId, afterChannelId);
    return null;
  },
});

/** Stops wanting what a removed route has not posted yet. */
export const withdraw = internalMutation({
  args: { routeId: v.id("routes") },
  returns: v.null(),
  handler: async (ctx, { routeId }) => {
    await withdrawRoute(ctx, routeId);
    return null;
  },
});

/** Runs at a waiting mirror's dueAtMs. */
export const becomeDue = internalMutation({
  args: { mirrorId: v.id("mirrors"), dueAtMs: v.number() },
  returns: v.null(),
  handler: async (ctx, { mirrorId, dueAtMs }) => {
    await makeDue(ctx, mirrorId, dueAtMs);
    return null;
  },
});

export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await wakeOverdue(ctx);
    return null;
  },
});
