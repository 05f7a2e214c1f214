/**
 * Runs: who walks through a provider's truth, and how far it has come.
 *
 *   begin -> running --page, page, ...--> done
 *               |--stumble--> waits, goes on at its cursor; MOST_STUMBLES in a row: failed
 *               '--silent for SILENT_MS--> taken over by the next tick, at its cursor
 *
 * [RUN1] One run a provider at a time; an action whose turn is over writes nothing.
 * [RUN2] A run goes on at the last page it has finished, also after the process died.
 * [RUN3] What a provider wrote never gets into a row: problems are codes of ours.
 */
import type { Provider } from "@heliograph/domain";
import type { Infer } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { MOST_DIFFS, type Repairs } from "./repair.ts";
import { intervalMs, isReconcilable } from "./settings.ts";
import type { ReadProblem } from "./truth/problems.ts";
import type { vRunCause } from "./validators.ts";

const SILENT_MS = 5 * 60_000; // an action lives ten minutes at most and moves with every page
const MOST_STUMBLES = 8; // with the waits below, about half an hour
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 10 * 60_000;
const KEPT_RUNS = 20; // of each provider

/** Begins a run, or answers the one that runs. */
export async function beginRun(
  ctx: MutationCtx,
  provider: Provider,
  cause: Infer<typeof vRunCause>,
): Promise<Id<"reconciliations">> {
  const running = await findRunning(ctx, provider);
  if (running !== null) return running._id;
  const nowMs = Date.now();
  const runId = await ctx.db.insert("reconciliations", {
    ...{ provider, state: "running", cause, startedAtMs: nowMs, endedAtMs: null },
    ...{ pages: 0, compared: 0, repaired: 0, failed: 0, problem: null },
    ...{ cursor: null, turn: 1, stumbles: 0, movedAtMs: nowMs },
  });
  await ctx.scheduler.runAfter(0, internal.reconcile.step, { runId, turn: 1 });
  if (provider !== "sellapp")
    await ctx.scheduler.runAfter(0, internal.prices.check, { of: { provider } });
  await forgetOldRuns(ctx, provider);
  return runId;
}

/** Begins what is due and takes over what has gone silent. */
export async function tickProvider(ctx: MutationCtx, provider: Provider): Promise<void> {
  const running = await findRunning(ctx, provider);
  if (running !== null) {
    if (Date.now() - running.movedAtMs > SILENT_MS) await passOn(ctx, running, 0);
    return;
  }
  const dueAtMs = await nextRunAtMs(ctx, provider);
  if (dueAtMs !== null && dueAtMs <= Date.now()) await beginRun(ctx, provider, "schedule");
}

/** When the next run begins by itself; null: never. 0: at the next tick. */
export async function nextRunAtMs(
  ctx: Pick<QueryCtx, "db">,
  provider: Provider,
): Promise<number | null> {
  const everyMs = intervalMs();
  if (everyMs === null || !isReconcilable(provider)) return null;
  const last = await ctx.db
    .query("reconciliations")
    .withIndex("by_provider_startedAtMs", (q) => q.eq("provider", provider))
    .order("desc")
    .first();
  return last === null ? 0 : last.startedAtMs + everyMs;
}

/** The run, if it is this one's turn. */
export async function findTurn(
  ctx: Pick<QueryCtx, "db">,
  runId: Id<"reconciliations">,
  turn: number,
): Promise<Doc<"reconciliations"> | null> {
  const run = await ctx.db.get("reconciliations", runId);
  return run?.state === "running" && run.turn === turn ? run : null;
}

/** Counts what a batch has come to. */
export async function countRepairs(
  ctx: MutationCtx,
  run: Doc<"reconciliations">,
  { compared, repaired, failed }: Repairs,
): Promise<void> {
  await ctx.db.patch("reconciliations", run._id, {
    compared: run.compared + compared,
    repaired: run.repaired + repaired,
    failed: run.failed + failed,
    movedAtMs: Date.now(),
  });
}

/** A page is done: on to the next one, or to the end. */
export async function finishPage(
  ctx: MutationCtx,
  run: Doc<"reconciliations">,
  cursor: string | null,
): Promise<void> {
  const nowMs = Date.now();
  const moved = { pages: run.pages + 1, cursor, stumbles: 0, problem: null, movedAtMs: nowMs };
  const ended = cursor === null ? ({ state: "done", endedAtMs: nowMs } as const) : {};
  await ctx.db.patch("reconciliations", run._id, { ...moved, ...ended });
}

/** Gives the turn to another action, which begins after a while. */
export async function passOn(
  ctx: MutationCtx,
  run: Doc<"reconciliations">,
  afterMs: number,
): Promise<void> {
  const turn = run.turn + 1;
  // While it waits it is not silent.
  await ctx.db.patch("reconciliations", run._id, { turn, movedAtMs: Date.now() + afterMs });
  await ctx.scheduler.runAfter(afterMs, internal.reconcile.step, { runId: run._id, turn });
}

/** The provider could not be read: again later, unless that would not help. */
export async function stumble(
  ctx: MutationCtx,
  run: Doc<"reconciliations">,
  { code, isPassing, afterMs }: ReadProblem,
): Promise<void> {
  const stumbles = run.stumbles + 1;
  await ctx.db.patch("reconciliations", run._id, { stumbles, problem: code });
  if (isPassing && stumbles < MOST_STUMBLES) {
    const waitMs = Math.max(afterMs ?? 0, FIRST_WAIT_MS * 3 ** (stumbles - 1));
    await passOn(ctx, run, Math.min(waitMs, LONGEST_WAIT_MS));
  } else {
    await ctx.db.patch("reconciliations", run._id, { state: "failed", endedAtMs: Date.now() });
  }
}

async function findRunning(
  ctx: Pick<QueryCtx, "db">,
  provider: Provider,
): Promise<Doc<"reconciliations"> | null> {
  return await ctx.db
    .query("reconciliations")
    .withIndex("by_provider_state", (q) => q.eq("provider", provider).eq("state", "running"))
    .first();
}

async function forgetOldRuns(ctx: MutationCtx, provider: Provider): Promise<void> {
  const runs = await ctx.db
    .query("reconciliations")
    .withIndex("by_provider_startedAtMs", (q) => q.eq("provider", provider))
    .order("desc")
    .take(KEPT_RUNS + 5);
  for (const { _id: runId } of runs.slice(KEPT_RUNS)) {
    const diffs = await ctx.db
      .query("reconciliationDiffs")
      .withIndex("by_runId", (q) => q.eq("runId", runId))
      .take(MOST_DIFFS + 1);
    for (const { _id } of diffs) await ctx.db.delete("reconciliationDiffs", _id);
    await ctx.db.delete("reconciliations", runId);
  }
}
