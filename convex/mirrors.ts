/** Mirrors: the work list of the bot, what it settles, and what waits as the console sees it. */
import { ConvexError, v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { findLease, isHeldBy } from "./model/leases/store.ts";
import { noteLosses } from "./model/mirrors/losses.ts";
import { readQueues, vTargetQueue } from "./model/mirrors/queues.ts";
import { retryTarget } from "./model/mirrors/retry.ts";
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
import { operatorMutation, operatorQuery, workerMutation, workerQuery } from "./wrappers.ts";

const MOST_LOST = 100;

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

/**
 * Notes that messages of mirrors are gone, removed by nobody of ours. Safe to repeat; changes nothing for a
 * worker that lost its lease. Ids that no mirror knows are passed over.
 */
export const lost = workerMutation({
  args: { shard: v.number(), epoch: v.number(), messageIds: v.array(v.string()) },
  returns: v.union(
    v.object({ state: v.literal("noted"), mirrors: v.number() }),
    v.object({ state: v.literal("leaseLost") }),
  ),
  handler: async (ctx, { shard, epoch, messageIds }) => {
    if (messageIds.length > MOST_LOST) {
      const message = `Send at most ${MOST_LOST} ids, not ${messageIds.length}.`;
      throw new ConvexError({ code: "too_many_ids", message });
    }
    const claim = { shard, epoch, machineId: ctx.machine._id };
    if (!isHeldBy(await findLease(ctx, shard), claim)) return { state: "leaseLost" as const };
    return { state: "noted" as const, mirrors: await noteLosses(ctx, shard, messageIds) };
  },
});

/** What is not yet as wanted, by target, with the reasons. */
export const queues = operatorQuery({
  args: {},
  returns: { targets: v.array(vTargetQueue), isMore: v.boolean() },
  handler: async (ctx) => await readQueues(ctx),
});

/** Tries everything of a target again now. Safe to repeat. Says how many mirrors of the first batch. */
export const retry = operatorMutation({
  args: { channelId: v.string() },
  returns: v.number(),
  handler: async (ctx, { channelId }) => {
    const retried = await retryTarget(ctx, channelId);
    await recordDeed(ctx, "mirrors.retry", channelId);
    return retried;
  },
});

/** Goes on with a retry of more than one batch. */
export const retryMore = internalMutation({
  args: { channelId: v.string() },
  returns: v.null(),
  handler: async (ctx, { channelId }) => {
    await retryTarget(ctx, channelId);
    return null;
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

/** Stops wanting what a removed or paused route had not posted until then. */
export const withdraw = internalMutation({
  args: { routeId: v.id("routes"), plannedBeforeMs: v.number() },
  returns: v.null(),
  handler: async (ctx, { routeId, plannedBeforeMs }) => {
    await withdrawRoute(ctx, routeId, plannedBeforeMs);
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
