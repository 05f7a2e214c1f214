/** What follows from a change of the catalogue: purchases are looked at again, in scheduled batches. */
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

/** Call it when a plan's tier, days or refs have changed. Safe to repeat. */
export async function afterPlanChanged(ctx: MutationCtx, planId: Id<"plans">): Promise<void> {
  // Those of no plan as well: a new ref may stand for what they were of.
  for (const of of [planId, null]) {
    const batch = { planId, of, cursor: null };
    await ctx.scheduler.runAfter(0, internal.catalogue.replan, batch);
  }
}

/** Call it when a plan was taken off sale. Safe to repeat. */
export async function afterPlanArchived(ctx: MutationCtx, planId: Id<"plans">): Promise<void> {
  await ctx.scheduler.runAfter(0, internal.checkouts.withdraw, { planId });
}

/** Call it when what a plan on sale costs was changed. Safe to repeat. */
export async function afterPriceChanged(ctx: MutationCtx, planId: Id<"plans">): Promise<void> {
  await ctx.scheduler.runAfter(0, internal.prices.check, { of: { planId } });
}
