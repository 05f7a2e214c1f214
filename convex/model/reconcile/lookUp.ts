/**
 * An order of a Sell.app subscription, looked up at once: the store tells of the order and never of the
 * subscription, and nobody who has paid should wait for the next run.
 */
import type { Provider } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { ActionCtx, MutationCtx } from "../../_generated/server.js";
import { isReconcilable, REBUILD_WAIT_MS } from "./settings.ts";
import { readProblem } from "./truth/problems.ts";
import { readSellappOrder } from "./truth/sellapp.ts";

const MOST_ATTEMPTS = 4; // the next run asks again anyway
const WAIT_MS = 3_000;

/** Plans the look-up if the body is of such an order. */
export async function lookUpAfter(
  ctx: Pick<MutationCtx, "scheduler">,
  provider: Provider,
  body: string,
): Promise<void> {
  if (provider !== "sellapp" || !isReconcilable(provider)) return;
  const data = Object(Object(JSON.parse(body)).data);
  if (data.subscription_id === null || data.subscription_id === undefined) return;
  const orderId = String(data.id);
  await ctx.scheduler.runAfter(0, internal.reconcile.lookUp, { orderId, attempt: 1 });
}

/** Looks it up, a few times if the shop does not answer. */
export async function lookUpOrder(
  ctx: ActionCtx,
  { orderId, attempt }: { orderId: string; attempt: number },
): Promise<void> {
  try {
    const statements = await readSellappOrder(orderId);
    const found = { provider: "sellapp", statements } as const;
    if (await ctx.runMutation(internal.reconcile.repairOne, found)) return;
    const again = { orderId, attempt }; // that the log is read anew is no failure of the shop's
    await ctx.scheduler.runAfter(REBUILD_WAIT_MS, internal.reconcile.lookUp, again);
  } catch (error) {
    const problem = readProblem(error);
    if (problem === null) throw error;
    if (!problem.isPassing || attempt >= MOST_ATTEMPTS) return;
    const waitMs = problem.afterMs ?? WAIT_MS * 3 ** (attempt - 1);
    const next = { orderId, attempt: attempt + 1 };
    await ctx.scheduler.runAfter(waitMs, internal.reconcile.lookUp, next);
  }
}
