/** A purchase after a change of the catalogue: which plan it is of. Nothing else of it depends on the catalogue. */
import { isProductRef, pseudonymIn } from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { findPlanId } from "./plans.ts";
import type { PurchaseProblem } from "./validators.ts";

/** Brings the row's plan up to now. Safe to repeat; its owner's access is the caller's business. */
export async function replanPurchase(ctx: MutationCtx, row: Doc<"purchases">): Promise<void> {
  const { kind, terms, productRefs } = row;
  const planId = await findPlanId(ctx, { kind, terms, products: productRefs.filter(isProductRef) });
  if (planId === row.planId) return;
  await ctx.db.patch("purchases", row._id, { planId, problem: problemOf(row, planId) });
}

/** What settling the purchase would find. */
function problemOf(
  { terms, paidAtMs, userId, buyerEmail, isTrialRefused }: Doc<"purchases">,
  planId: Id<"plans"> | null,
): PurchaseProblem | null {
  if (terms.length === 0 && paidAtMs === null && !isTrialRefused) return null;
  if (userId === null) return pseudonymIn(buyerEmail) === null ? "no_user" : null;
  if (planId === null) return "no_plan";
  return isTrialRefused ? "trial_refused" : null;
}
