/**
 * What differed when a plan was last held against a provider. The only writer of `priceFindings`.
 * A finding is about the plan as it was compared: once the plan is changed, it counts no more.
 */
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { vPlanProblem, vPricingProvider } from "../catalogue/validators.ts";

const MOST_FINDINGS = 10; // of one plan: one a provider

export const vComparison = v.object({
  provider: vPricingProvider,
  problems: v.array(vPlanProblem),
});

export type Comparison = Infer<typeof vComparison>;

type Priced = Pick<Doc<"plans">, "kind" | "priceAmount" | "currency" | "refs">;

/** What of a plan is compared. Equal texts: nothing of it has changed. */
export function comparedOf({ kind, priceAmount, currency, refs }: Priced): string {
  const terms = kind.kind === "recurring" ? kind.every : kind.days;
  return JSON.stringify([terms, priceAmount, currency, refs.stripePrice, refs.whopPlan]);
}

/** Keeps what a comparison has come to, unless the plan has been changed since. */
export async function keepFindings(
  ctx: MutationCtx,
  planId: Id<"plans">,
  { compared, comparisons }: { compared: string; comparisons: readonly Comparison[] },
): Promise<void> {
  const plan = await ctx.db.get("plans", planId);
  if (plan === null || comparedOf(plan) !== compared) return;
  const known = await readRows(ctx, planId);
  for (const { provider, problems } of comparisons) {
    const fields = { planId, provider, compared, problems: [...problems], atMs: Date.now() };
    const row = known.find((one) => one.provider === provider);
    if (row === undefined) await ctx.db.insert("priceFindings", fields);
    else await ctx.db.replace("priceFindings", row._id, fields);
  }
}

/** What differs, as far as is known, of the plan as it is. */
export async function readFindings(
  ctx: QueryCtx,
  plan: Doc<"plans">,
): Promise<Doc<"priceFindings">[]> {
  const rows = await readRows(ctx, plan._id);
  return rows.filter(({ compared, problems }) => {
    return compared === comparedOf(plan) && problems.length > 0;
  });
}

async function readRows(ctx: QueryCtx, planId: Id<"plans">): Promise<Doc<"priceFindings">[]> {
  return await ctx.db
    .query("priceFindings")
    .withIndex("by_planId", (q) => q.eq("planId", planId))
    .take(MOST_FINDINGS);
}
