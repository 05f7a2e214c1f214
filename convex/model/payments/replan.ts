/** A purchase after a change of the catalogue: which plan it is of. Nothing else of it depends on the catalogue. */
import type { ProductRef } from "@heliograph/domain";
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { findPlanId } from "./plans.ts";

/** Brings the row's plan up to now. Safe to repeat; its owner's access is the caller's business. */
export async function replanPurchase(ctx: MutationCtx, row: Doc<"purchases">): Promise<void> {
  const planId = await findPlanId(ctx, row.productRefs.filter(isProductRef));
  if (planId === row.planId) return;
  const isAboutPlan = row.problem === null || row.problem === "no_plan";
  const problem = planId === null ? "no_plan" : null;
  await ctx.db.patch("purchases", row._id, { planId, ...(isAboutPlan && { problem }) });
}

function isProductRef(text: string): text is ProductRef {
  return /^(price|plan|variant|product):./.test(text);
}
