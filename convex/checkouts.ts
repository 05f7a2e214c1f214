/** Checkouts as rows: what came of one, what its buyer has, and the steps that `checkout.ts` acts on. */
import { checkoutOutcome } from "@heliograph/domain";
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalMutation, internalQuery } from "./_generated/server.js";
import { beginCheckout, returnUrl } from "./model/checkout/begin.ts";
import { readHeld } from "./model/checkout/held.ts";
import { countCheckout } from "./model/checkout/limits.ts";
import { findOwnAccess, vOwnAccess } from "./model/checkout/ownAccess.ts";
import {
  endCheckout,
  expireCheckout,
  findOutcomeOf,
  findOwnCheckout,
  openAt,
  sweepCheckouts,
  withdrawPlan,
} from "./model/checkout/store.ts";
import { findStripeCustomer, readStripeCustomers } from "./model/checkout/stripeCustomer.ts";
import { vCheckoutOutcome, vHeldPurchase } from "./model/checkout/validators.ts";
import { vProvider } from "./model/payments/validators.ts";
import { vFeed } from "./model/signals/validators.ts";
import { customerQuery } from "./wrappers.ts";

/** How a checkout of the caller's stands; null: there is none. Without an id the newest. Meant to be subscribed. */
export const status = customerQuery({
  args: { checkoutId: v.union(v.string(), v.null()) },
  returns: {
    checkout: v.union(
      v.null(),
      v.object({
        outcome: vCheckoutOutcome,
        provider: vProvider,
        planId: v.id("plans"),
        planName: v.string(),
        tier: vFeed,
        url: v.union(v.string(), v.null()), // while it can still be paid
        untilMs: v.union(v.number(), v.null()), // when what was bought ends, if that is known
      }),
    ),
  },
  handler: async (ctx, args) => {
    const checkout = await findOwnCheckout(ctx, ctx.person.userId, args.checkoutId);
    const plan = checkout === null ? null : await ctx.db.get("plans", checkout.planId);
    if (checkout === null || plan === null) return { checkout: null };
    const { state, provider, planId, url } = checkout;
    const { name: planName, tier } = plan;
    const purchase = await findOutcomeOf(ctx, checkout, await readHeld(ctx, ctx.person.userId));
    const access = await findOwnAccess(ctx, ctx.person.userId);
    const accessTier = access?.tier ?? null;
    return {
      checkout: {
        outcome: checkoutOutcome({ state, tier, purchase, accessTier }),
        provider,
        planId,
        planName,
        tier,
        url: state === "open" && purchase === null ? url : null,
        untilMs: purchase?.untilMs ?? null,
      },
    };
  },
});

/** What the caller has, for the pricing page and the account. Meant to be subscribed. */
export const mine = customerQuery({
  args: {},
  returns: {
    access: v.union(vOwnAccess, v.null()),
    held: v.array(vHeldPurchase), // the newest first
    hasPortal: v.boolean(), // Stripe's customer portal opens for them
  },
  handler: async (ctx) => {
    const { userId } = ctx.person;
    const held = await readHeld(ctx, userId);
    return {
      access: await findOwnAccess(ctx, userId),
      held: held.map(({ planId, provider, tier, kind, phase, untilMs, renewal }) => {
        return { planId, provider, tier, kind, phase, untilMs, renewal };
      }),
      hasPortal: (await findStripeCustomer(ctx, userId)) !== null,
    };
  },
});

/** Makes the row of a checkout, or finds the open one. Safe to repeat. */
export const begin = internalMutation({
  args: { userId: v.id("users"), planId: v.id("plans"), provider: vProvider },
  returns: v.union(
    v.object({ kind: v.literal("ready"), checkoutId: v.id("checkouts"), url: v.string() }),
    v.object({ kind: v.literal("make"), checkoutId: v.id("checkouts") }),
    v.object({
      kind: v.literal("replace"),
      checkoutId: v.id("checkouts"),
      sessionRef: v.string(),
    }),
  ),
  handler: async (ctx, wish) => await beginCheckout(ctx, wish, Date.now()),
});

/** What Stripe or Whop has to be asked for; null once the checkout is no longer open. */
export const sessionWish = internalQuery({
  args: { checkoutId: v.id("checkouts") },
  returns: v.union(
    v.null(),
    v.object({
      checkoutId: v.id("checkouts"),
      provider: vProvider,
      userId: v.id("users"),
      price: v.string(), // Stripe's price, or Whop's plan
      kind: v.union(v.literal("recurring"), v.literal("fixed")),
      trialDays: v.number(),
      customer: v.union(v.string(), v.null()),
      email: v.union(v.string(), v.null()),
      returnUrl: v.string(),
    }),
  ),
  handler: async (ctx, { checkoutId }) => {
    const checkout = await ctx.db.get("checkouts", checkoutId);
    if (checkout?.state !== "open") return null;
    const plan = await ctx.db.get("plans", checkout.planId);
    const user = await ctx.db.get("users", checkout.userId);
    if (plan === null || user === null) return null;
    const { offer, customer, trialDays } = checkout.terms;
    const { provider } = checkout;
    const price = provider === "whop" ? (plan.refs.whopPlan ?? offer) : offer;
    return {
      checkoutId,
      provider,
      userId: checkout.userId,
      price,
      kind: plan.kind.kind,
      trialDays,
      customer,
      email: user.email ?? null,
      returnUrl: returnUrl(checkoutId),
    };
  },
});

export const opened = internalMutation({
  args: {
    checkoutId: v.id("checkouts"),
    sessionRef: v.string(),
    url: v.string(),
    expiresAtMs: v.number(),
  },
  returns: v.boolean(), // false: the checkout is over meanwhile
  handler: async (ctx, { checkoutId, ...where }) => await openAt(ctx, checkoutId, where),
});

/** Keeps for the operator why the provider made no session. */
export const refused = internalMutation({
  args: { checkoutId: v.id("checkouts"), problem: v.string() },
  returns: v.null(),
  handler: async (ctx, { checkoutId, problem }) => {
    await ctx.db.patch("checkouts", checkoutId, { problem });
    return null;
  },
});

export const replaced = internalMutation({
  args: { checkoutId: v.id("checkouts") },
  returns: v.null(),
  handler: async (ctx, { checkoutId }) => {
    await endCheckout(ctx, checkoutId, "abandoned", Date.now());
    return null;
  },
});

/** Runs when a checkout's time is over. Safe to repeat. */
export const expire = internalMutation({
  args: { checkoutId: v.id("checkouts") },
  returns: v.null(),
  handler: async (ctx, { checkoutId }) => {
    await expireCheckout(ctx, checkoutId, Date.now());
    return null;
  },
});

/** Ends the open checkouts of an archived plan, in batches. Safe to repeat. */
export const withdraw = internalMutation({
  args: { planId: v.id("plans") },
  returns: v.null(),
  handler: async (ctx, { planId }) => {
    const hasMore = await withdrawPlan(ctx, planId);
    if (hasMore) await ctx.scheduler.runAfter(0, internal.checkouts.withdraw, { planId });
    return null;
  },
});

/** The customers whose portal may be opened, the newest first. Throws `slow_down`. */
export const openPortal = internalMutation({
  args: { userId: v.id("users") },
  returns: v.array(v.string()),
  handler: async (ctx, { userId }) => {
    await countCheckout(ctx, "portal", userId);
    return await readStripeCustomers(ctx, userId);
  },
});

export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await sweepCheckouts(ctx, Date.now());
    return null;
  },
});
