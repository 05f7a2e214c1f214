/** One action's share of a run: pages until its time is over. Knows no table. */
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { ActionCtx } from "../../_generated/server.js";
import { readProblem } from "./truth/problems.ts";
import { readTruth } from "./truth/read.ts";
import type { Statement } from "./validators.ts";

const SHARE_MS = 60_000; // far below an action's limit
const BATCH = 20; // of statements a transaction

/** Walks on from the run's cursor. Ends without a word when it is another's turn. */
export async function walk(
  ctx: ActionCtx,
  turn: { runId: Id<"reconciliations">; turn: number },
): Promise<void> {
  const stopAtMs = Date.now() + SHARE_MS;
  try {
    for (;;) {
      const run = await ctx.runMutation(internal.reconcile.takeTurn, turn);
      if (run === null) return;
      const { statements, cursor } = await readTruth(run.provider, run.cursor);
      for (const batch of batches(statements)) {
        const isOurs = await ctx.runMutation(internal.reconcile.repair, {
          ...turn,
          statements: batch,
        });
        if (!isOurs) return;
      }
      const next = { ...turn, cursor, isTimeUp: Date.now() > stopAtMs };
      if (!(await ctx.runMutation(internal.reconcile.turnPage, next))) return;
    }
  } catch (error) {
    const problem = readProblem(error) ?? { code: "unexpected", isPassing: true, afterMs: null };
    await ctx.runMutation(internal.reconcile.stumble, { ...turn, ...problem });
  }
}

function batches(statements: readonly Statement[]): Statement[][] {
  const count = Math.ceil(statements.length / BATCH);
  return Array.from({ length: count }, (_, n) => statements.slice(n * BATCH, (n + 1) * BATCH));
}
