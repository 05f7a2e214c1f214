/** Drift: does every target channel show what is wanted there? Checked by the bots, repaired through the mirrors. */
import { ConvexError, v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import {
  closeCheck,
  listChecks,
  readWantedChecks,
  wantAllChecks,
  wantNextChecks,
} from "./model/drift/checks.ts";
import { readExpected } from "./model/drift/expected.ts";
import {
  MOST_FINDINGS,
  vCheckReport,
  vTargetCheck,
  vWantedCheck,
} from "./model/drift/validators.ts";
import { findLease, isHeldBy } from "./model/leases/store.ts";
import { vMirrorWork } from "./model/mirrors/validators.ts";
import { operatorMutation, operatorQuery, workerMutation, workerQuery } from "./wrappers.ts";

/** The targets of a shard that are to be checked now. Meant to be subscribed by the holder. */
export const wanted = workerQuery({
  args: { shard: v.number() },
  returns: { checks: v.array(vWantedCheck) },
  handler: async (ctx, { shard }) => ({ checks: await readWantedChecks(ctx, shard) }),
});

/** A page of what is applied in a channel, the newest first. */
export const expected = workerQuery({
  args: { channelId: v.string(), plannedBeforeMs: v.number() },
  returns: { rows: v.array(vMirrorWork), nextBeforeMs: v.union(v.number(), v.null()) },
  handler: async (ctx, { channelId, plannedBeforeMs }) =>
    await readExpected(ctx, channelId, plannedBeforeMs),
});

/** Takes what a check found and answers which messages the bot is to remove. Safe to repeat. */
export const report = workerMutation({
  args: { shard: v.number(), epoch: v.number(), report: vCheckReport },
  returns: v.union(
    v.object({ state: v.literal("noted"), strays: v.array(v.string()) }),
    v.object({ state: v.literal("leaseLost") }),
  ),
  handler: async (ctx, { shard, epoch, report: found }) => {
    const lists = [found.missing, found.changed, found.strays];
    if (lists.some(({ length }) => length > MOST_FINDINGS)) {
      const message = `Report at most ${MOST_FINDINGS} findings of a kind.`;
      throw new ConvexError({ code: "too_many_findings", message });
    }
    const claim = { shard, epoch, machineId: ctx.machine._id };
    if (!isHeldBy(await findLease(ctx, shard), claim)) return { state: "leaseLost" as const };
    return { state: "noted" as const, strays: await closeCheck(ctx, shard, found, Date.now()) };
  },
});

/** The last check of every target, and how many differences they found altogether. */
export const list = operatorQuery({
  args: {},
  returns: { checks: v.array(vTargetCheck), drift: v.number() },
  handler: async (ctx) => {
    const checks = await listChecks(ctx);
    return {
      checks: checks.map(
        ({ channelId, state, checkedAtMs, compared, missing, changed, strays, code }) => {
          return { channelId, state, checkedAtMs, compared, missing, changed, strays, code };
        },
      ),
      drift: checks.reduce((sum, one) => sum + one.missing + one.changed + one.strays, 0),
    };
  },
});

/** Asks for a check of every target now. Safe to repeat. Says how many targets there are. */
export const checkAll = operatorMutation({
  args: {},
  returns: v.number(),
  handler: async (ctx) => {
    const targets = await wantAllChecks(ctx, Date.now());
    await recordDeed(ctx, "drift.checkAll", "targets");
    return targets;
  },
});

export const tick = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await wantNextChecks(ctx, Date.now());
    return null;
  },
});
