/** Roles in Discord: the bot's work list, and what it settles. */
import { ConvexError, v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import { findLease, isHeldBy } from "./model/leases/store.ts";
import { noteMembers, retryBlocked, SERVER_CODES } from "./model/roles/events.ts";
import { resettleBatch } from "./model/roles/resettle.ts";
import {
  MOST_RESULTS,
  makeRolesDue,
  settleRoleBatch,
  wakeOverdueRoles,
} from "./model/roles/settle.ts";
import { vRoleSettlement, vRoleWork, vSettled } from "./model/roles/validators.ts";
import { readRoleWork } from "./model/roles/work.ts";
import { workerMutation, workerQuery } from "./wrappers.ts";

/** Whose roles can be brought about now. Meant to be subscribed by the holder of the shard. */
export const work = workerQuery({
  args: { shard: v.number() },
  returns: { rows: v.array(vRoleWork) },
  handler: async (ctx, { shard }) => ({ rows: await readRoleWork(ctx, shard) }),
});

/** Records what the worker did. Safe to repeat; changes nothing for a worker that lost its lease. */
export const settle = workerMutation({
  args: { shard: v.number(), epoch: v.number(), results: v.array(vRoleSettlement) },
  returns: vSettled,
  handler: async (ctx, { shard, epoch, results }) => {
    if (results.length > MOST_RESULTS) {
      const message = `Send at most ${MOST_RESULTS} results, not ${results.length}.`;
      throw new ConvexError({ code: "too_many_results", message });
    }
    const claim = { shard, epoch, machineId: ctx.machine._id };
    const isHeld = await settleRoleBatch(ctx, claim, results);
    return isHeld ? { state: "settled" as const } : { state: "leaseLost" as const };
  },
});

/** Says who came to a server or left it; at most 100 of each. Safe to repeat. */
export const membersChanged = workerMutation({
  args: {
    shard: v.number(),
    epoch: v.number(),
    guildId: v.string(),
    joined: v.array(v.string()),
    left: v.array(v.string()),
  },
  returns: vSettled,
  handler: async (ctx, { shard, epoch, ...change }) => {
    const claim = { shard, epoch, machineId: ctx.machine._id };
    if (!isHeldBy(await findLease(ctx, shard), claim)) return { state: "leaseLost" as const };
    await noteMembers(ctx, shard, change);
    return { state: "settled" as const };
  },
});

/** Says that roles, their order or the bot's permissions have changed: what was blocked by them is tried again. */
export const serverChanged = workerMutation({
  args: { shard: v.number(), epoch: v.number(), guildId: v.string() },
  returns: vSettled,
  handler: async (ctx, { shard, epoch, guildId }) => {
    const claim = { shard, epoch, machineId: ctx.machine._id };
    if (!isHeldBy(await findLease(ctx, shard), claim)) return { state: "leaseLost" as const };
    await retryBlocked(ctx, guildId, SERVER_CODES);
    return { state: "settled" as const };
  },
});

/** The next batch of blocked rows. */
export const retry = internalMutation({
  args: { guildId: v.string(), codes: v.array(v.string()) },
  returns: v.null(),
  handler: async (ctx, { guildId, codes }) => {
    await retryBlocked(ctx, guildId, codes);
    return null;
  },
});

/** After a change of the mappings: what everybody with access is to hold. */
export const resettle = internalMutation({
  args: { cursor: v.union(v.string(), v.null()) },
  returns: v.null(),
  handler: async (ctx, { cursor }) => {
    await resettleBatch(ctx, cursor);
    return null;
  },
});

/** Runs at a waiting row's dueAtMs. */
export const becomeDue = internalMutation({
  args: { memberRoleId: v.id("memberRoles"), dueAtMs: v.number() },
  returns: v.null(),
  handler: async (ctx, { memberRoleId, dueAtMs }) => {
    await makeRolesDue(ctx, memberRoleId, dueAtMs);
    return null;
  },
});

export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await wakeOverdueRoles(ctx);
    return null;
  },
});
