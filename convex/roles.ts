/** Roles in Discord: the bot's work list, what it settles and hears, its sweeps; what a customer should have. */
import { ConvexError, v } from "convex/values";
import { internalMutation, type MutationCtx } from "./_generated/server.js";
import { findLease, isHeldBy } from "./model/leases/store.ts";
import type { Machine } from "./model/machines/caller.ts";
import { noteMembers, retryBlocked, SERVER_CODES } from "./model/roles/events.ts";
import { followGuilds } from "./model/roles/follow.ts";
import { readOwnRoles, vOwnRole } from "./model/roles/mine.ts";
import { resettleBatch } from "./model/roles/resettle.ts";
import {
  MOST_RESULTS,
  makeRolesDue,
  settleRoleBatch,
  wakeOverdueRoles,
} from "./model/roles/settle.ts";
import {
  planSweeps as askSweeps,
  endSweep as keepSweep,
  noteDrifts,
  readSweepRows,
  readSweepWork,
  sweepMissed,
} from "./model/roles/sweeps.ts";
import {
  sweepFindings,
  vDrift,
  vRoleSettlement,
  vRoleWork,
  vSettled,
  vSweepRow,
} from "./model/roles/validators.ts";
import { readRoleWork } from "./model/roles/work.ts";
import { customerQuery, workerMutation, workerQuery } from "./wrappers.ts";

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
    assertFew(results.length);
    const claim = { shard, epoch, machineId: ctx.machine._id };
    const isHeld = await settleRoleBatch(ctx, claim, results);
    return isHeld ? { state: "settled" as const } : { state: "leaseLost" as const };
  },
});

/** The roles the caller should have in Discord, and why not yet. */
export const mine = customerQuery({
  args: {},
  returns: { roles: v.array(vOwnRole) },
  handler: async (ctx) => ({ roles: await readOwnRoles(ctx, ctx.person.userId) }),
});

/** Servers to be compared as a whole. Meant to be subscribed by the holder of the shard. */
export const sweepWork = workerQuery({
  args: { shard: v.number() },
  returns: {
    sweeps: v.array(
      v.object({
        sweepId: v.id("roleSweeps"),
        guildId: v.string(),
        roleIds: v.array(v.string()),
      }),
    ),
  },
  handler: async (ctx, { shard }) => ({ sweeps: await readSweepWork(ctx, shard) }),
});

/** What was settled in a server, a page at a time. Read once. */
export const sweepRows = workerQuery({
  args: { guildId: v.string(), cursor: v.union(v.string(), v.null()) },
  returns: { rows: v.array(vSweepRow), cursor: v.union(v.string(), v.null()) },
  handler: async (ctx, { guildId, cursor }) => await readSweepRows(ctx, guildId, cursor),
});

/** Has what drifted tried again; at most 100. Safe to repeat. */
export const noteDrift = workerMutation({
  args: { shard: v.number(), epoch: v.number(), drifts: v.array(vDrift) },
  returns: vSettled,
  handler: async (ctx, { shard, epoch, drifts }) => {
    assertFew(drifts.length);
    if (!(await isHolder(ctx, { shard, epoch }))) return { state: "leaseLost" as const };
    await noteDrifts(ctx, shard, drifts);
    return { state: "settled" as const };
  },
});

/** Keeps the report of a sweep. Safe to repeat. */
export const endSweep = workerMutation({
  args: {
    shard: v.number(),
    epoch: v.number(),
    sweepId: v.id("roleSweeps"),
    result: v.union(
      v.object({ state: v.literal("done"), ...sweepFindings }),
      v.object({ state: v.literal("failed"), code: v.string(), message: v.string() }),
    ),
  },
  returns: vSettled,
  handler: async (ctx, { shard, epoch, sweepId, result }) => {
    if (!(await isHolder(ctx, { shard, epoch }))) return { state: "leaseLost" as const };
    await keepSweep(ctx, sweepId, result);
    return { state: "settled" as const };
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
    if (!(await isHolder(ctx, { shard, epoch }))) return { state: "leaseLost" as const };
    await noteMembers(ctx, shard, change);
    return { state: "settled" as const };
  },
});

/**
 * Says that roles, their order or the bot's permissions have changed: what was blocked by them is tried again. Who may
 * have missed events has the whole server compared, too.
 */
export const serverChanged = workerMutation({
  args: {
    shard: v.number(),
    epoch: v.number(),
    guildId: v.string(),
    missedEvents: v.boolean(),
  },
  returns: vSettled,
  handler: async (ctx, { shard, epoch, guildId, missedEvents }) => {
    if (!(await isHolder(ctx, { shard, epoch }))) return { state: "leaseLost" as const };
    await retryBlocked(ctx, guildId, SERVER_CODES);
    if (missedEvents) await sweepMissed(ctx, guildId);
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

/** By the clock: asks for a sweep of every server. */
export const planSweeps = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await askSweeps(ctx);
    return null;
  },
});

export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await wakeOverdueRoles(ctx);
    await followGuilds(ctx);
    return null;
  },
});

/** After a bot came, went or changed what it serves; and the next batch. */
export const follow = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await followGuilds(ctx);
    return null;
  },
});

async function isHolder(
  ctx: MutationCtx & { machine: Machine },
  { shard, epoch }: { shard: number; epoch: number },
): Promise<boolean> {
  return isHeldBy(await findLease(ctx, shard), { epoch, machineId: ctx.machine._id });
}

function assertFew(count: number): void {
  if (count <= MOST_RESULTS) return;
  const message = `Send at most ${MOST_RESULTS} results, not ${count}.`;
  throw new ConvexError({ code: "too_many_results", message });
}
