/** Seeding the catalogue: tiers by name, plans by slug. What is there is the operator's and stays. */
import { type Infer, v } from "convex/values";
import type { MutationCtx } from "../../_generated/server.js";
import { createPlan, findPlanBySlug, findTier, publishPlan, saveTier } from "../catalogue/store.ts";
import { vPlanFields, vTierWords } from "../catalogue/validators.ts";

const vSeedPlan = v.object(vPlanFields);

export const vCatalogueSeed = { tiers: v.array(vTierWords), plans: v.array(vSeedPlan) };

/** Says how many tiers got their words. */
export async function seedTiers(
  ctx: MutationCtx,
  tiers: readonly Infer<typeof vTierWords>[],
): Promise<number> {
  let made = 0;
  for (const words of tiers) {
    if ((await findTier(ctx, words.tier)) !== null) continue;
    await saveTier(ctx, words);
    made += 1;
  }
  return made;
}

/** Creates and publishes; says how many. Throws when a plan cannot be sold. */
export async function seedPlans(
  ctx: MutationCtx,
  plans: readonly Infer<typeof vSeedPlan>[],
): Promise<number> {
  let made = 0;
  for (const plan of plans) {
    if ((await findPlanBySlug(ctx, plan.slug)) !== null) continue;
    await publishPlan(ctx, await createPlan(ctx, plan));
    made += 1;
  }
  return made;
}
