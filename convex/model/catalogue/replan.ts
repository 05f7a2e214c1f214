/**
 * Purchases after a change of the catalogue, a bounded batch at a time.
 *
 * [CAT6] After a plan's tier, days or refs have changed, each purchase of it, and each that had no plan, is
 *        looked at once: which plan it is of, and what its owner may see.
 */
import { findPlan, type PlannedProduct, type ProductRef } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { recomputeAccess } from "../access/recompute.ts";

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
  for (const purchase of page) await replan(ctx, purchase);
  const owners = new Set(page.flatMap(({ userId }) => (userId === null ? [] : [userId])));
  for (const userId of owners) await recomputeAccess(ctx, userId, { kind: "plan", planId });
  if (isDone) return;
  const next = { planId, of, cursor: continueCursor };
  await ctx.scheduler.runAfter(0, internal.catalogue.replan, next);
}

async function replan(ctx: MutationCtx, purchase: Doc<"purchases">): Promise<void> {
  const planId = await findPlanOfProducts(ctx, purchase.productRefs.filter(isProductRef));
  if (planId === purchase.planId) return;
  const problem = planId === null ? "no_plan" : null;
  const isAboutPlan = purchase.problem === null || purchase.problem === "no_plan";
  await ctx.db.patch("purchases", purchase._id, { planId, ...(isAboutPlan && { problem }) });
}

/** The plan that decides for these products; null if none of them has one. */
async function findPlanOfProducts(
  ctx: Pick<QueryCtx, "db">,
  products: readonly ProductRef[],
): Promise<Id<"plans"> | null> {
  const found = await Promise.all(products.map(async (product) => await findOne(ctx, product)));
  const planned = found.filter((one) => one !== null);
  const chosen = findPlan(products, planned);
  return planned.find(({ product }) => product === chosen?.product)?.planId ?? null;
}

async function findOne(
  ctx: Pick<QueryCtx, "db">,
  product: ProductRef,
): Promise<(PlannedProduct & { planId: Id<"plans"> }) | null> {
  const row = await ctx.db
    .query("planRefs")
    .withIndex("by_ref", (q) => q.eq("ref", product))
    .unique();
  const plan = row === null ? null : await ctx.db.get("plans", row.planId);
  if (plan === null) return null;
  const days = plan.kind.kind === "fixed" ? plan.kind.days : null;
  return { product, tier: plan.tier, kind: plan.kind.kind, days, planId: plan._id };
}

function isProductRef(text: string): text is ProductRef {
  return /^(price|plan|variant|product):./.test(text);
}
