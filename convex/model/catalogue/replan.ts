/**
 * Purchases after a change of the catalogue, a bounded batch at a time.
 *
 * [CAT6] After a plan's tier, days or refs have changed, each purchase of it, and each that had no plan, is
 *        looked at once: which plan it is of, and what it opens.
 */
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { replanPurchase } from "../payments/replan.ts";

const BATCH = 50;

/** Looks at a batch and schedules the next one. */
export async function replanBatch(
  ctx: MutationCtx,
  batch: { planId: Id<"plans">; of: Id<"plans"> | null; cursor: string | null },
): Promise<void> {
  const { planId, of, cursor } = batch;
  const { page, isDone, continueCursor } = await ctx.db
    .query("purchases")
    .withIndex("by_planId_updatedAtMs", (q) => q.eq("planId", of))
    .paginate({ cursor, numItems: BATCH });
  for (const purchase of page) await replanPurchase(ctx, purchase, planId);
  if (isDone) return;
  await ctx.scheduler.runAfter(0, internal.catalogue.replan, {
    planId,
    of,
    cursor: continueCursor,
  });
}
