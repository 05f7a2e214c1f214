/** Reconciliation: what the providers say is so, held against what we know, and mended by events. */
import { PROVIDERS } from "@heliograph/domain";
import { ConvexError, v } from "convex/values";
import type { Id } from "./_generated/dataModel.js";
import { internalAction, internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { holdsSettling } from "./model/payments/rebuildState.ts";
import { vProvider } from "./model/payments/validators.ts";
import { lookUpOrder } from "./model/reconcile/lookUp.ts";
import { repairAll } from "./model/reconcile/repair.ts";
import {
  beginRun,
  countRepairs,
  findTurn,
  finishPage,
  passOn,
  stumble as stumbleRun,
  tickProvider,
} from "./model/reconcile/runs.ts";
import { isReconcilable, REBUILD_WAIT_MS } from "./model/reconcile/settings.ts";
import { walk } from "./model/reconcile/step.ts";
import { readDiffs, readProviders, vToldDiff, vToldProvider } from "./model/reconcile/told.ts";
import { vStatement } from "./model/reconcile/validators.ts";
import { operatorMutation, operatorQuery } from "./wrappers.ts";

const vTurn = { runId: v.id("reconciliations"), turn: v.number() };

/** Every provider with its newest runs and the time of the next one. */
export const overview = operatorQuery({
  args: {},
  returns: { providers: v.array(vToldProvider) },
  handler: async (ctx) => ({ providers: await readProviders(ctx) }),
});

/** What a run has repaired. */
export const diffs = operatorQuery({
  args: { runId: v.id("reconciliations") },
  returns: { diffs: v.array(vToldDiff) },
  handler: async (ctx, { runId }) => ({ diffs: await readDiffs(ctx, runId) }),
});

/** Starts a run now; one that runs already is answered. Throws `not_configured` without a key. */
export const start = operatorMutation({
  args: { provider: vProvider },
  returns: v.object({ runId: v.id("reconciliations") }),
  handler: async (ctx, { provider }): Promise<{ runId: Id<"reconciliations"> }> => {
    if (!isReconcilable(provider)) {
      const message = `There is no API key of ${provider} in the deployment's environment.`;
      throw new ConvexError({ code: "not_configured", message });
    }
    const runId = await beginRun(ctx, provider, "operator");
    await recordDeed(ctx, "reconcile.start", runId, provider);
    return { runId };
  },
});

/** The same from the command line: npx convex run reconcile:startNow '{"provider":"stripe"}' */
export const startNow = internalMutation({
  args: { provider: vProvider },
  returns: v.id("reconciliations"),
  handler: async (ctx, { provider }) => await beginRun(ctx, provider, "operator"),
});

/** By the clock: begins what is due and takes over what has gone silent. Not while the log is read anew. */
export const tick = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    if (await holdsSettling(ctx)) return null;
    for (const provider of PROVIDERS) await tickProvider(ctx, provider);
    return null;
  },
});

/** Reads pages and mends, for a minute; then the next step goes on. */
export const step = internalAction({
  args: vTurn,
  returns: v.null(),
  handler: async (ctx, turn) => {
    await walk(ctx, turn);
    return null;
  },
});

/** Where to read on; null: it is another's turn, or the run is over. Waits while the log is read anew. */
export const takeTurn = internalMutation({
  args: vTurn,
  returns: v.union(
    v.null(),
    v.object({ provider: vProvider, cursor: v.union(v.string(), v.null()) }),
  ),
  handler: async (ctx, { runId, turn }) => {
    const run = await findTurn(ctx, runId, turn);
    if (run === null) return null;
    if (await holdsSettling(ctx)) {
      await passOn(ctx, run, REBUILD_WAIT_MS);
      return null;
    }
    return { provider: run.provider, cursor: run.cursor };
  },
});

/**
 * Mends a batch. False: it is another's turn, or the log is being read anew and the page is asked for again
 * later. Safe to repeat.
 */
export const repair = internalMutation({
  args: { ...vTurn, statements: v.array(vStatement) },
  returns: v.boolean(),
  handler: async (ctx, { runId, turn, statements }) => {
    const run = await findTurn(ctx, runId, turn);
    if (run === null) return false;
    if (await holdsSettling(ctx)) {
      await passOn(ctx, run, REBUILD_WAIT_MS);
      return false;
    }
    await countRepairs(ctx, run, await repairAll(ctx, run.provider, statements, run));
    return true;
  },
});

/** A page is done. False: the run is over, or goes on with another action. */
export const turnPage = internalMutation({
  args: { ...vTurn, cursor: v.union(v.string(), v.null()), isTimeUp: v.boolean() },
  returns: v.boolean(),
  handler: async (ctx, { runId, turn, cursor, isTimeUp }) => {
    const run = await findTurn(ctx, runId, turn);
    if (run === null) return false;
    await finishPage(ctx, run, cursor);
    if (cursor === null) return false;
    if (isTimeUp) await passOn(ctx, run, 0);
    return !isTimeUp;
  },
});

/** The provider could not be read. */
export const stumble = internalMutation({
  args: {
    ...vTurn,
    code: v.string(),
    isPassing: v.boolean(),
    afterMs: v.union(v.number(), v.null()),
  },
  returns: v.null(),
  handler: async (ctx, { runId, turn, ...problem }) => {
    const run = await findTurn(ctx, runId, turn);
    if (run !== null) await stumbleRun(ctx, run, problem);
    return null;
  },
});

/** Asks Sell.app for an order with its subscription, of which no webhook tells. */
export const lookUp = internalAction({
  args: { orderId: v.string(), attempt: v.number() },
  returns: v.null(),
  handler: async (ctx, args) => {
    await lookUpOrder(ctx, args);
    return null;
  },
});

/** Mends what was looked up. False: not while the log is read anew. Safe to repeat. */
export const repairOne = internalMutation({
  args: { provider: vProvider, statements: v.array(vStatement) },
  returns: v.boolean(),
  handler: async (ctx, { provider, statements }) => {
    if (await holdsSettling(ctx)) return false;
    await repairAll(ctx, provider, statements, null);
    return true;
  },
});
