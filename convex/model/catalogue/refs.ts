/**
 * Which plan a provider's price, plan, variant or product stands for. The only writer of `planRefs`.
 *
 * [CAT4] A ref belongs to one plan.
 * [CAT5] What a plan was ever on sale under keeps standing for it; a draft's typing error does not.
 */
import { type PlanFields, refsOfPlan } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";

const MOST_REFS = 50; // of one plan
const REF = /^(price|plan|variant|product):\S{1,200}$/;

/** Brings the refs in step with the plan's fields. Throws `ref_taken`. */
export async function keepRefs(
  ctx: MutationCtx,
  planId: Id<"plans">,
  { refs, wasSold }: { refs: PlanFields["refs"]; wasSold: boolean },
): Promise<void> {
  const wanted: readonly string[] = refsOfPlan(refs);
  for (const ref of wanted) await addRef(ctx, planId, ref);
  if (wasSold) return;
  for (const row of await refRowsOf(ctx, planId)) {
    if (!wanted.includes(row.ref)) await ctx.db.delete("planRefs", row._id);
  }
}

/** Makes a ref stand for the plan, too. Safe to repeat. Throws `ref_taken`, `ref_invalid` or `too_many_refs`. */
export async function addRef(ctx: MutationCtx, planId: Id<"plans">, ref: string): Promise<void> {
  if (!REF.test(ref)) {
    const message = "A ref is price:, plan:, variant: or product: and the provider's id.";
    throw new ConvexError({ code: "ref_invalid", message });
  }
  const row = await findRefRow(ctx, ref);
  if (row?.planId === planId) return;
  if (row !== null) {
    const owner = await ctx.db.get("plans", row.planId);
    const message = `${ref} stands for the plan ${owner?.name ?? row.planId} already.`;
    throw new ConvexError({ code: "ref_taken", message, ref, planId: row.planId });
  }
  if ((await refRowsOf(ctx, planId)).length >= MOST_REFS) {
    const message = `A plan has at most ${MOST_REFS} refs.`;
    throw new ConvexError({ code: "too_many_refs", message });
  }
  await ctx.db.insert("planRefs", { ref, planId });
}

/** Makes a ref stand for nothing. Safe to repeat. Throws `ref_in_use` for one of the plan's own fields. */
export async function removeRef(ctx: MutationCtx, plan: Doc<"plans">, ref: string): Promise<void> {
  if (ownRefs(plan).includes(ref)) {
    const message = `${plan.name} is sold under ${ref}: change the plan instead.`;
    throw new ConvexError({ code: "ref_in_use", message });
  }
  const row = await findRefRow(ctx, ref);
  if (row?.planId === plan._id) await ctx.db.delete("planRefs", row._id);
}

/** The refs that stand for a plan beside those in its fields. */
export async function otherRefsOf(ctx: QueryCtx, plan: Doc<"plans">): Promise<string[]> {
  const rows = await refRowsOf(ctx, plan._id);
  return rows.map(({ ref }) => ref).filter((ref) => !ownRefs(plan).includes(ref));
}

function ownRefs({ refs }: Doc<"plans">): readonly string[] {
  return refsOfPlan(refs);
}

async function findRefRow(ctx: QueryCtx, ref: string): Promise<Doc<"planRefs"> | null> {
  return await ctx.db
    .query("planRefs")
    .withIndex("by_ref", (q) => q.eq("ref", ref))
    .unique();
}

async function refRowsOf(ctx: QueryCtx, planId: Id<"plans">): Promise<Doc<"planRefs">[]> {
  return await ctx.db
    .query("planRefs")
    .withIndex("by_planId", (q) => q.eq("planId", planId))
    .take(MOST_REFS + 1);
}
