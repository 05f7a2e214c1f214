/** Holding plans against what Stripe and Whop ask for them. All internal: publishing is in catalogue.ts. */
import { type Infer, v } from "convex/values";
import { internal } from "./_generated/api.js";
import type { Doc } from "./_generated/dataModel.js";
import { internalAction, internalMutation, internalQuery } from "./_generated/server.js";
import { getPlan, listPublished } from "./model/catalogue/store.ts";
import { vPlanKind, vPricingProvider, vProviderRefs } from "./model/catalogue/validators.ts";
import { comparable, compareAt } from "./model/prices/compare.ts";
import { comparedOf, keepFindings, vComparison } from "./model/prices/findings.ts";

const vPriced = v.object({
  planId: v.id("plans"),
  kind: vPlanKind,
  priceAmount: v.number(),
  currency: v.string(),
  refs: vProviderRefs,
  compared: v.string(), // what `keep` wants to see again
});

/** What of a plan is compared. Throws `plan_not_found`. */
export const plan = internalQuery({
  args: { planId: v.id("plans") },
  returns: vPriced,
  handler: async (ctx, { planId }) => pricedOf(await getPlan(ctx, planId)),
});

/** The plans that are on sale. */
export const onSale = internalQuery({
  args: {},
  returns: v.array(vPriced),
  handler: async (ctx) => (await listPublished(ctx)).map(pricedOf),
});

/** Compares every plan on sale with one provider, or one plan with all. What cannot be asked stays as it was. */
export const check = internalAction({
  args: {
    of: v.union(v.object({ provider: vPricingProvider }), v.object({ planId: v.id("plans") })),
  },
  returns: v.null(),
  handler: async (ctx, { of }) => {
    const plans =
      "planId" in of
        ? [await ctx.runQuery(internal.prices.plan, { planId: of.planId })]
        : await ctx.runQuery(internal.prices.onSale, {});
    for (const priced of plans) {
      const { planId, compared } = priced;
      const providers = comparable(priced).filter(
        (provider) => "planId" in of || of.provider === provider,
      );
      for (const provider of providers) {
        const comparison = await compareAt(priced, provider).catch(() => null);
        if (comparison === null) continue;
        const found = { planId, compared, comparisons: [comparison] };
        await ctx.runMutation(internal.prices.keep, found);
      }
    }
    return null;
  },
});

/** Keeps what a comparison has come to. Safe to repeat. */
export const keep = internalMutation({
  args: { planId: v.id("plans"), compared: v.string(), comparisons: v.array(vComparison) },
  returns: v.null(),
  handler: async (ctx, { planId, ...found }) => {
    await keepFindings(ctx, planId, found);
    return null;
  },
});

function pricedOf(row: Doc<"plans">): Infer<typeof vPriced> {
  const { _id: planId, kind, priceAmount, currency, refs } = row;
  return { planId, kind, priceAmount, currency, refs, compared: comparedOf(row) };
}
