/** The plan of what was bought. */
import { findPlan, type PlannedProduct, type ProductRef } from "@heliograph/domain";
import type { Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";

type Found = PlannedProduct & { readonly planId: Id<"plans"> };

/** What of a purchase decides which plan it is of. */
interface Bought {
  readonly kind: "recurring" | "fixed";
  readonly products: readonly ProductRef[];
  readonly terms: readonly { readonly untilMs: number | null }[];
}

/**
 * The plan that decides for what was bought; null if none of the products has one, or if the plan cannot
 * give it an end: somebody has to map it to another.
 */
export async function findPlanId(
  ctx: Pick<QueryCtx, "db">,
  { products, ...bought }: Bought,
): Promise<Id<"plans"> | null> {
  const found = await Promise.all(products.map(async (product) => await findOne(ctx, product)));
  const plans = found.filter((plan) => plan !== null);
  const chosen = findPlan(products, plans);
  if (chosen === undefined || isEndless(bought, chosen)) return null;
  return plans.find(({ product }) => product === chosen.product)?.planId ?? null;
}

/** Paid once for a plan that renews: neither says for how long, so it opens nothing (the domain's ENT6). */
function isEndless({ kind, terms }: Omit<Bought, "products">, plan: PlannedProduct): boolean {
  if (kind === "recurring" || plan.kind === "fixed") return false;
  return terms.length > 0 && terms.every(({ untilMs }) => untilMs === null);
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
