/**
 * Paying: where a customer is sent to buy a plan, and to manage what they bought. Only actions, because only
 * they may speak to Stripe; what they act on is in `checkouts.ts`.
 */
import { ConvexError, v } from "convex/values";
import { internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import type { ActionCtx } from "./_generated/server.js";
import { type Begun, LINK_MS, type Wish } from "./model/checkout/begin.ts";
import { stripeClient, stripeProblem, stripeRefusal } from "./model/checkout/stripeClient.ts";
import { endSession, makeSession, openPortal } from "./model/checkout/stripeSessions.ts";
import { makeWhopCheckout } from "./model/checkout/whopCheckout.ts";
import { getEnvironment } from "./model/environment.ts";
import { vProvider } from "./model/payments/validators.ts";
import { customerAction } from "./wrappers.ts";

const MOST_REPLACED = 3; // a person has one open checkout of a plan; more only if two starts overlap

const vStarted = v.object({ checkoutId: v.id("checkouts"), url: v.string() });
const vPortal = v.object({ url: v.string() });

/**
 * Where the plan is paid at this provider. Starting again gives the same checkout while it is open.
 * Throws with why it is not sold: `already_subscribed`, `change_plan`, `already_owned`, `payment_processing`,
 * `plan_not_for_sale`, `provider_not_offered`, `slow_down`, `provider_unreachable`, `provider_refused`.
 */
export const start = customerAction({
  args: { planId: v.id("plans"), provider: vProvider },
  returns: vStarted,
  handler: async (ctx, { planId, provider }) => {
    const wish = { userId: ctx.person.userId, planId, provider };
    const begun = await beginUnhindered(ctx, wish);
    if (begun.kind === "ready") return { checkoutId: begun.checkoutId, url: begun.url };
    return { checkoutId: begun.checkoutId, url: await make(ctx, begun.checkoutId) };
  },
});

/**
 * Stripe's customer portal: invoices, cards, changing and cancelling. Throws `no_customer`, `slow_down`, or
 * `customer_gone` if Stripe knows none of the caller's customers any more; the next purchase makes a new one.
 */
export const portal = customerAction({
  args: {},
  returns: vPortal,
  handler: async (ctx): Promise<{ url: string }> => {
    const { userId } = ctx.person;
    const customers = await ctx.runMutation(internal.checkouts.openPortal, { userId });
    if (customers.length === 0) {
      const message = "There is nothing to manage at Stripe: you have bought nothing there.";
      throw new ConvexError({ code: "no_customer", message });
    }
    const portal = await openOrRefuse(customers);
    if (portal !== null) return portal;
    const message =
      "Stripe does not know you as a customer any more, so there is nothing to manage there. What you buy next opens it again.";
    throw new ConvexError({ code: "customer_gone", message });
  },
});

async function openOrRefuse(customers: readonly string[]): Promise<{ url: string } | null> {
  const returnUrl = new URL("/account", getEnvironment("SITE_URL")).toString();
  try {
    return await openPortal(stripeClient(), customers, returnUrl);
  } catch (error) {
    throw stripeProblem(error) === null ? error : stripeRefusal(error);
  }
}

/** Ends, at Stripe and here, what stands in the way of the checkout that is wanted. */
async function beginUnhindered(
  ctx: ActionCtx,
  wish: Wish,
): Promise<Exclude<Begun, { kind: "replace" }>> {
  for (let turn = 0; turn <= MOST_REPLACED; turn += 1) {
    const begun: Begun = await ctx.runMutation(internal.checkouts.begin, wish);
    if (begun.kind !== "replace") return begun;
    const { checkoutId, sessionRef } = begun;
    const ended = await orRefuse(ctx, checkoutId, () => endSession(stripeClient(), sessionRef));
    if (ended.state === "complete") {
      const message = "You have just paid for a plan: it will be confirmed at any moment.";
      throw new ConvexError({ code: "payment_processing", message });
    }
    await ctx.runMutation(internal.checkouts.replaced, { checkoutId });
  }
  const message = "Another window is starting the same checkout. Close it and try again.";
  throw new ConvexError({ code: "checkout_busy", message });
}

async function make(ctx: ActionCtx, checkoutId: Id<"checkouts">): Promise<string> {
  const wish = await ctx.runQuery(internal.checkouts.sessionWish, { checkoutId });
  if (wish === null) throw replacedMeanwhile();
  const { provider, ...session } = wish;
  const made =
    provider === "stripe"
      ? await orRefuse(ctx, checkoutId, () => makeSession(stripeClient(), session))
      : {
          ...(await makeWhopCheckout({ ...wish, plan: wish.price })),
          expiresAtMs: Date.now() + LINK_MS,
        };
  const isOpen = await ctx.runMutation(internal.checkouts.opened, { checkoutId, ...made });
  if (!isOpen) throw replacedMeanwhile();
  return made.url;
}

function replacedMeanwhile(): ConvexError<{ code: string; message: string }> {
  const message = "This checkout was replaced by another one. Try again.";
  return new ConvexError({ code: "checkout_busy", message });
}

async function orRefuse<T>(
  ctx: ActionCtx,
  checkoutId: Id<"checkouts">,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const problem = stripeProblem(error);
    if (problem === null) throw error;
    await ctx.runMutation(internal.checkouts.refused, { checkoutId, problem });
    throw stripeRefusal(error);
  }
}
