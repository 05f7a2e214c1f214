/**
 * Plans and tiers. The only writer of `plans` and `tiers`.
 *
 *   draft --publish--> published <--publish/archive--> archived
 *
 * [CAT1] What is on sale can always be bought: publishing, and saving what is published, refuses and names every problem.
 * [CAT10] What a provider was found to ask otherwise than the plan says is such a problem.
 * [CAT2] A draft may be incomplete, never malformed.
 * [CAT3] Archiving takes a plan off sale and changes nothing of what was bought.
 */
import {
  FEEDS,
  type Feed,
  isMalformed,
  type PlanFields,
  planProblems,
  slugOf,
} from "@heliograph/domain";
import { ConvexError, type Infer } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { comparedOf, readFindings } from "../prices/findings.ts";
import { afterPlanArchived, afterPlanChanged, afterPriceChanged } from "./hooks.ts";
import { marketFor } from "./market.ts";
import { keepRefs } from "./refs.ts";
import type { vPlanProblem } from "./validators.ts";

export const MOST_PLANS = 100;

const TIER_WORDS: Record<Feed, { label: string; description: string }> = {
  basic: { label: "Basic", description: "" },
  advanced: { label: "Advanced", description: "" },
  pro: { label: "Pro", description: "" },
};
const TIER_LIMITS = { label: 40, description: 300 };

/** The words of the three tiers, lowest first, also where nobody has written any yet. */
export async function listTiers(ctx: QueryCtx) {
  return await Promise.all(
    FEEDS.map(async (tier) => {
      const { label, description } = (await findTier(ctx, tier)) ?? TIER_WORDS[tier];
      return { tier, label, description };
    }),
  );
}

/** Replaces the words of a tier. Throws `title_required` or `too_long`. */
export async function saveTier(
  ctx: MutationCtx,
  { tier, ...words }: { tier: Feed; label: string; description: string },
): Promise<void> {
  if (words.label.trim() === "") {
    throw new ConvexError({ code: "title_required", message: "Give the tier a name." });
  }
  if (
    words.label.length > TIER_LIMITS.label ||
    words.description.length > TIER_LIMITS.description
  ) {
    const message = `At most ${TIER_LIMITS.label} characters for the name, ${TIER_LIMITS.description} for the description.`;
    throw new ConvexError({ code: "too_long", message });
  }
  const row = await findTier(ctx, tier);
  if (row === null) await ctx.db.insert("tiers", { tier, ...words });
  else await ctx.db.patch("tiers", row._id, words);
}

/** Every plan, in the order of the catalogue. */
export async function listPlans(ctx: QueryCtx): Promise<Doc<"plans">[]> {
  return await ctx.db.query("plans").withIndex("by_order").take(MOST_PLANS);
}

/** The plans on sale, in order. */
export async function listPublished(ctx: QueryCtx): Promise<Doc<"plans">[]> {
  return await ctx.db
    .query("plans")
    .withIndex("by_state_order", (q) => q.eq("state", "published"))
    .take(MOST_PLANS);
}

/** Throws `plan_not_found`. */
export async function getPlan(ctx: QueryCtx, planId: Id<"plans">): Promise<Doc<"plans">> {
  const plan = await ctx.db.get("plans", planId);
  if (plan !== null) return plan;
  throw new ConvexError({ code: "plan_not_found", message: "There is no such plan." });
}

/** The plan of that slug, or null. */
export async function findPlanBySlug(ctx: QueryCtx, slug: string): Promise<Doc<"plans"> | null> {
  return await ctx.db
    .query("plans")
    .withIndex("by_slug", (q) => q.eq("slug", slug))
    .unique();
}

/** A new draft, last in the order. Throws `slug_taken`, `plan_invalid`, `ref_taken` or `too_many_plans`. */
export async function createPlan(ctx: MutationCtx, fields: PlanFields): Promise<Id<"plans">> {
  const plans = await listPlans(ctx);
  if (plans.length >= MOST_PLANS) {
    const message = `A catalogue has at most ${MOST_PLANS} plans.`;
    throw new ConvexError({ code: "too_many_plans", message });
  }
  const written = await checkFields(ctx, fields, null);
  const order = (plans.at(-1)?.order ?? 0) + 1;
  const planId = await ctx.db.insert("plans", { ...written, order, state: "draft" });
  await keepRefs(ctx, planId, { refs: written.refs, wasSold: false });
  return planId;
}

/** Replaces what an operator wrote. Throws as `createPlan`, and `not_publishable` for a plan on sale. */
export async function updatePlan(
  ctx: MutationCtx,
  planId: Id<"plans">,
  fields: PlanFields,
): Promise<void> {
  const plan = await getPlan(ctx, planId);
  const written = await checkFields(ctx, fields, plan);
  await ctx.db.patch("plans", planId, written);
  await keepRefs(ctx, planId, { refs: written.refs, wasSold: plan.state !== "draft" });
  if (opens(plan) !== opens(written)) await afterPlanChanged(ctx, planId);
  const isOnSale = plan.state === "published";
  if (isOnSale && comparedOf(plan) !== comparedOf(written)) await afterPriceChanged(ctx, planId);
}

/**
 * Puts a plan on sale. Safe to repeat. Throws `not_publishable` with every problem, and `plan_changed` if it is not
 * any more what was `compared` with the providers.
 */
export async function publishPlan(
  ctx: MutationCtx,
  planId: Id<"plans">,
  compared?: string,
): Promise<void> {
  const plan = await getPlan(ctx, planId);
  if (compared !== undefined && compared !== comparedOf(plan)) {
    const message = "The plan was changed in this moment. Look at it and publish it again.";
    throw new ConvexError({ code: "plan_changed", message });
  }
  refuseProblems(await problemsOf(ctx, plan), "not_publishable");
  await ctx.db.patch("plans", planId, { state: "published" });
}

/** Takes a plan off sale; pages at which it could still be paid are ended. Safe to repeat. */
export async function archivePlan(ctx: MutationCtx, planId: Id<"plans">): Promise<void> {
  await getPlan(ctx, planId);
  await ctx.db.patch("plans", planId, { state: "archived" });
  await afterPlanArchived(ctx, planId);
}

/** Puts plans into this order; those that are not named come after them, as they were. */
export async function reorderPlans(ctx: MutationCtx, planIds: readonly Id<"plans">[]) {
  const plans = await listPlans(ctx);
  const place = new Map(planIds.map((planId, index) => [planId, index]));
  const sorted = plans.toSorted(
    (a, b) => (place.get(a._id) ?? planIds.length) - (place.get(b._id) ?? planIds.length),
  );
  for (const [index, { _id, order }] of sorted.entries()) {
    if (order !== index + 1) await ctx.db.patch("plans", _id, { order: index + 1 });
  }
}

/** Everything that keeps a plan from being sold. */
export async function problemsOf(
  ctx: QueryCtx,
  plan: Doc<"plans">,
): Promise<Infer<typeof vPlanProblem>[]> {
  const own = planProblems(plan, marketFor(plan, await listPublished(ctx)));
  const found = (await readFindings(ctx, plan)).flatMap(({ problems }) => problems);
  return [...own, ...found];
}

/** What was written about a tier, or null. */
export async function findTier(ctx: QueryCtx, tier: Feed): Promise<Doc<"tiers"> | null> {
  return await ctx.db
    .query("tiers")
    .withIndex("by_tier", (q) => q.eq("tier", tier))
    .unique();
}

/** What will be stored. An empty slug is made from the name. */
async function checkFields(
  ctx: MutationCtx,
  fields: PlanFields,
  plan: Doc<"plans"> | null,
): Promise<Pick<Doc<"plans">, keyof PlanFields>> {
  const slug = fields.slug === "" ? slugOf(fields.name) : fields.slug;
  if (slug === "" || slug !== slugOf(slug)) {
    const message = "The address name is lower-case letters and digits, with hyphens between.";
    throw new ConvexError({ code: "slug_invalid", message, field: "slug" });
  }
  const namesake = await findPlanBySlug(ctx, slug);
  if (namesake !== null && namesake._id !== plan?._id) {
    const message = `The plan ${namesake.name} has the address name ${slug} already.`;
    throw new ConvexError({ code: "slug_taken", message, field: "slug" });
  }
  const written = { ...fields, slug, highlights: [...fields.highlights] };
  const problems = planProblems(written, marketFor(plan, await listPublished(ctx)));
  if (plan?.state === "published") refuseProblems(problems, "not_publishable");
  refuseProblems(problems.filter(isMalformed), "plan_invalid");
  return written;
}

function refuseProblems(problems: readonly Infer<typeof vPlanProblem>[], code: string): void {
  if (problems.length === 0) return;
  const message = problems.map((problem) => problem.message).join(" ");
  const listed = problems.map((problem) => ({ ...problem }));
  throw new ConvexError({ code, message, problems: listed });
}

/** What of a plan decides which access its purchases give. */
function opens({ tier, kind, refs }: Pick<PlanFields, "tier" | "kind" | "refs">): string {
  return JSON.stringify([tier, kind, refs]);
}
