/** The catalogue: tiers, plans, and which of a provider's products is which plan. */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import type { Doc } from "./_generated/dataModel.js";
import { internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { afterPlanChanged } from "./model/catalogue/hooks.ts";
import { toOffer } from "./model/catalogue/offers.ts";
import { addRef, otherRefsOf, removeRef } from "./model/catalogue/refs.ts";
import { replanBatch } from "./model/catalogue/replan.ts";
import {
  archivePlan,
  createPlan,
  getPlan,
  listPlans,
  listPublished,
  listTiers,
  MOST_PLANS,
  problemsOf,
  publishPlan,
  reorderPlans,
  saveTier as storeTier,
  updatePlan,
} from "./model/catalogue/store.ts";
import { vOffer, vPlanFields, vPlanListing, vTierWords } from "./model/catalogue/validators.ts";
import { vStaff } from "./model/people/staff.ts";
import { comparable, compareAt } from "./model/prices/compare.ts";
import { vFeed } from "./model/signals/validators.ts";
import { operatorAction, operatorMutation, operatorQuery, publicQuery } from "./wrappers.ts";

/** What is on sale, for the pricing page. Meant to be subscribed. */
export const published = publicQuery({
  args: {},
  returns: v.object({ tiers: v.array(vTierWords), offers: v.array(vOffer) }),
  handler: async (ctx) => {
    const plans = await listPublished(ctx);
    return { tiers: await listTiers(ctx), offers: plans.map(toOffer) };
  },
});

/** Everything, with what each plan lacks. */
export const list = operatorQuery({
  args: {},
  returns: { tiers: v.array(vTierWords), plans: v.array(vPlanListing) },
  handler: async (ctx) => {
    const plans = await listPlans(ctx);
    return {
      tiers: await listTiers(ctx),
      plans: await Promise.all(
        plans.map(async (plan) => {
          const [problems, otherRefs] = [await problemsOf(ctx, plan), await otherRefsOf(ctx, plan)];
          return { ...withoutSystemFields(plan), problems, otherRefs };
        }),
      ),
    };
  },
});

/** Writes a plan: a new draft without `planId`. An empty slug is made from the name. */
export const savePlan = operatorMutation({
  args: { planId: v.optional(v.id("plans")), ...vPlanFields },
  returns: v.id("plans"),
  handler: async (ctx, { planId: known, ...fields }) => {
    const planId = known ?? (await createPlan(ctx, fields));
    if (known !== undefined) await updatePlan(ctx, known, fields);
    const deed = known === undefined ? "catalogue.createPlan" : "catalogue.updatePlan";
    await recordDeed(ctx, deed, planId, fields.name);
    return planId;
  },
});

/**
 * Puts a plan on sale, once Stripe and Whop were asked whether they ask as much. Throws `not_publishable` with every
 * problem, `price_not_readable`, `plan_changed`.
 */
export const publish = operatorAction({
  args: { planId: v.id("plans") },
  returns: v.null(),
  handler: async (ctx, { planId }) => {
    const { staff } = ctx;
    const priced = await ctx.runQuery(internal.prices.plan, { planId });
    const { compared } = priced;
    const comparisons = await Promise.all(
      comparable(priced).map(async (provider) => await compareAt(priced, provider)),
    );
    await ctx.runMutation(internal.prices.keep, { planId, compared, comparisons });
    await ctx.runMutation(internal.catalogue.publishCompared, { staff, planId, compared });
    return null;
  },
});

/** For `publish`. */
export const publishCompared = internalMutation({
  args: { staff: vStaff, planId: v.id("plans"), compared: v.string() },
  returns: v.null(),
  handler: async (ctx, { staff, planId, compared }) => {
    await publishPlan(ctx, planId, compared);
    await recordDeed({ ...ctx, staff }, "catalogue.publish", planId);
    return null;
  },
});

/** Takes a plan off sale; what was bought stays. */
export const archive = operatorMutation({
  args: { planId: v.id("plans") },
  returns: v.null(),
  handler: async (ctx, { planId }) => {
    await archivePlan(ctx, planId);
    await recordDeed(ctx, "catalogue.archive", planId);
    return null;
  },
});

/** Puts the plans into the order of the list. */
export const reorder = operatorMutation({
  args: { planIds: v.array(v.id("plans")) },
  returns: v.null(),
  handler: async (ctx, { planIds }) => {
    await reorderPlans(ctx, planIds.slice(0, MOST_PLANS));
    await recordDeed(ctx, "catalogue.reorder", "plans");
    return null;
  },
});

/** The words of a tier. */
export const saveTier = operatorMutation({
  args: { tier: vFeed, label: v.string(), description: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    await storeTier(ctx, args);
    await recordDeed(ctx, "catalogue.saveTier", args.tier, args.label);
    return null;
  },
});

/** Makes a provider's price, plan, variant or product stand for a plan, beside those in its fields. */
export const mapRef = operatorMutation({
  args: { planId: v.id("plans"), ref: v.string() },
  returns: v.null(),
  handler: async (ctx, { planId, ref }) => {
    await getPlan(ctx, planId);
    await addRef(ctx, planId, ref);
    await afterPlanChanged(ctx, planId);
    await recordDeed(ctx, "catalogue.mapRef", planId, ref);
    return null;
  },
});

/** Makes it stand for nothing. What was bought under it opens nothing any more. */
export const unmapRef = operatorMutation({
  args: { planId: v.id("plans"), ref: v.string() },
  returns: v.null(),
  handler: async (ctx, { planId, ref }) => {
    await removeRef(ctx, await getPlan(ctx, planId), ref);
    await afterPlanChanged(ctx, planId);
    await recordDeed(ctx, "catalogue.unmapRef", planId, ref);
    return null;
  },
});

/** A batch of purchases after a plan has changed: those of the plan `of`, or of none. */
export const replan = internalMutation({
  args: {
    planId: v.id("plans"),
    of: v.union(v.id("plans"), v.null()),
    cursor: v.union(v.string(), v.null()),
  },
  returns: v.null(),
  handler: async (ctx, args) => {
    await replanBatch(ctx, args);
    return null;
  },
});

function withoutSystemFields({ _id: planId, _creationTime: _, ...fields }: Doc<"plans">) {
  return { planId, ...fields };
}
