/** The plan of what was bought. */
import { findPlan, type PlannedProduct, type ProductRef } from "@heliograph/domain";
import type { Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";

type Found = PlannedProduct & { readonly planId: Id<"plans"> };

/** The plan that decides for these products; null if none of them has one. */
export async function findPlanId(
  ctx: Pick<QueryCtx, "db">,
  products: readonly ProductRef[],
): Promise<Id<"plans"> | null> {
  const found = await Promise.all(products.map(async (product) => await findOne(ctx, product)));
  const plans = found.filter((plan) => plan !== null);
  const chosen = findPlan(products, plans);
  return plans.find(({ product }) => product === chosen?.product)?.planId ?? null;
}

async function findOne(ctx: Pick<QueryCtx, "db">, product: ProductRef): Promise<Found | null> {
  const row = await ctx.db
    .query("planRefs")
    .withIndex("by_ref", (q) => q.eq("ref", product))
    .first();
  const plan = row === null ? null : await ctx.db.get("plans", row.planId);
  if (plan === null) return null;
  const days = plan.kind.kind === "fixed" ? plan.kind.days : null;
  return { product, tier: plan.tier, kind: plan.kind.kind, days, planId: plan._id };
}
