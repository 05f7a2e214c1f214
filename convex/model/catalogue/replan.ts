/**
 * Purchases after a change of the catalogue, a bounded batch at a time.
 *
 * [CAT6] After a plan's tier, days or refs have changed, each purchase of it, and each that had no plan, is
 *        looked at once: which plan it is of, and what its owner may see.
 */
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { recomputeAccess } from "../access/recompute.ts";
import { replanPurchase } from "../payments/replan.ts";

const BATCH = 20; // for each, all purchases of its owner are read

/** Looks at a batch and schedules the next one. `of`: the plan whose purchases, null: those of none. */
export async function replanBatch(
  ctx: MutationCtx,
  batch: { planId: Id<"plans">; of: Id<"plans"> | null; cursor: string | null },
): Promise<void> {
  const { planId, of, cursor } = batch;
  const { page, isDone, continueCursor } = await ctx.db
    .query("purchases")
    .withIndex("by_planId_updatedAtMs", (q) => q.eq("planId", of))
    .paginate({ cursor, numItems: BATCH });
  for (const purchase of page) await replanPurchase(ctx, purchase);
  const owners = new Set(page.flatMap(({ userId }) => (userId === null ? [] : [userId])));
  for (const userId of owners) await recomputeAccess(ctx, userId, { kind: "plan", planId });
  if (isDone) return;
  const next = { planId, of, cursor: continueCursor };
  await ctx.scheduler.runAfter(0, internal.catalogue.replan, next);
}
