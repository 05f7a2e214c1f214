/** A plan's tier or days were changed: everybody who bought it is decided anew, a batch at a time. */
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { recomputeAccess } from "./recompute.ts";

const BATCH = 20; // each reads all purchases of a person

/** Decides for the next batch and schedules the rest. Safe to repeat. */
export async function followPlanChange(
  ctx: MutationCtx,
  planId: Id<"plans">,
  cursor: string | null,
): Promise<void> {
  const { page, isDone, continueCursor } = await ctx.db
    .query("purchases")
    .withIndex("by_planId_updatedAtMs", (q) => q.eq("planId", planId))
    .paginate({ numItems: BATCH, cursor });
  const userIds = new Set(page.flatMap(({ userId }) => (userId === null ? [] : [userId])));
  for (const userId of userIds) await recomputeAccess(ctx, userId, { kind: "plan", planId });
  if (isDone) return;
  await ctx.scheduler.runAfter(0, internal.access.followPlan, { planId, cursor: continueCursor });
}
