/**
 * Beginning a checkout: whether the person may buy the plan there, and the row that stands for it. The row is
 * there before the provider is asked, so that whatever is lost in between, asking again gives the same session.
 *
 * [CHK2] Starting again while one is open and for the same gives that one.
 * [CHK3] An open Stripe session is ended at Stripe before another checkout of the plan takes its place.
 * [CHK14] Nobody has two Stripe sessions that can be paid: one of another plan is ended first, too.
 * [CHK4] Nobody pays twice for one thing: what is owned, or being paid, is refused with its code.
 * [CHK5] A trial is for those who have bought nothing yet.
 */
import {
  offeringProviders,
  type Provider,
  refusePurchase,
  sellappCheckoutUrl,
  whopCheckoutUrl,
} from "@heliograph/domain";
import { ConvexError, type Infer } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { configuredProviders } from "../catalogue/market.ts";
import { getPlan } from "../catalogue/store.ts";
import { getEnvironment } from "../environment.ts";
import { type Held, readHeld } from "./held.ts";
import { countCheckout } from "./limits.ts";
import { endCheckout, findOutcomeOf, openAt, openCheckouts } from "./store.ts";
import { findStripeCustomer } from "./stripeCustomer.ts";
import type { vCheckoutTerms } from "./validators.ts";
import { hasWhopApi } from "./whopCheckout.ts";

const HOUR_MS = 60 * 60_000;
const OPENING_MS = 10 * 60_000; // how long a session may take to be made, over all tries
export const LINK_MS = 24 * HOUR_MS; // a hosted link never ends; this is how long we expect the buyer
const LEAST_LEFT_MS = 60_000; // one that is about to end is no use to a buyer

type Terms = Infer<typeof vCheckoutTerms>;

export interface Wish {
  readonly userId: Id<"users">;
  readonly planId: Id<"plans">;
  readonly provider: Provider;
}

/**
 *   ready    pay there
 *   make     ask the provider for the page, then tell `openAt`
 *   replace  end that session at Stripe and the checkout here, then begin again
 */
export type Begun =
  | { kind: "ready"; checkoutId: Id<"checkouts">; url: string }
  | { kind: "make"; checkoutId: Id<"checkouts"> }
  | { kind: "replace"; checkoutId: Id<"checkouts">; sessionRef: string };

/** Throws a ConvexError whose code says why the plan is not sold to them there. */
export async function beginCheckout(ctx: MutationCtx, wish: Wish, nowMs: number): Promise<Begun> {
  const { userId, provider } = wish;
  const plan = await getOffer(ctx, wish);
  const held = await readHeld(ctx, userId);
  const wanted = { id: plan._id, tier: plan.tier, kind: plan.kind.kind };
  const refused = refusePurchase(wanted, held, nowMs);
  if (refused !== null) {
    const { code, message } = refused;
    throw new ConvexError({ code, message, provider: refused.held.provider });
  }
  const terms = await termsFor(ctx, wish, { plan, held });
  const opened = await openCheckouts(ctx, userId);
  for (const other of opened.filter(({ planId }) => planId !== wish.planId)) {
    const blocking = await clearOther(ctx, other, nowMs);
    if (blocking !== null) return blocking;
  }
  for (const open of opened.filter(({ planId }) => planId === wish.planId)) {
    if ((await findOutcomeOf(ctx, open, held)) !== null) {
      await endCheckout(ctx, open._id, "completed", nowMs);
    } else if (isUsable(open, provider, terms, nowMs)) {
      const { _id: checkoutId, url } = open;
      return url === null ? { kind: "make", checkoutId } : { kind: "ready", checkoutId, url };
    } else if (isPayable(open, nowMs)) {
      return { kind: "replace", checkoutId: open._id, sessionRef: open.sessionRef };
    } else {
      await endCheckout(ctx, open._id, open.expiresAtMs > nowMs ? "abandoned" : "expired", nowMs);
    }
  }
  await countCheckout(ctx, "checkout", userId);
  return await insertCheckout(ctx, { wish, terms }, nowMs);
}

/** Takes a checkout of another plan out of the way, where it is one that could be paid beside this. */
async function clearOther(
  ctx: MutationCtx,
  other: Doc<"checkouts">,
  nowMs: number,
): Promise<Begun | null> {
  if (other.provider !== "stripe") return null;
  if (isPayable(other, nowMs)) {
    return { kind: "replace", checkoutId: other._id, sessionRef: other.sessionRef };
  }
  // Its session is only being made: `openAt` ends it as soon as it is there.
  await endCheckout(ctx, other._id, "abandoned", nowMs);
  return null;
}

async function getOffer(ctx: QueryCtx, { planId, provider }: Wish): Promise<Doc<"plans">> {
  const plan = await getPlan(ctx, planId);
  if (plan.state !== "published") {
    throw new ConvexError({ code: "plan_not_for_sale", message: `${plan.name} is not on sale.` });
  }
  if (offeringProviders(plan.refs, configuredProviders()).includes(provider)) return plan;
  const message = `${plan.name} cannot be bought with ${provider}.`;
  throw new ConvexError({ code: "provider_not_offered", message });
}

async function termsFor(
  ctx: QueryCtx,
  { userId, provider }: Wish,
  { plan, held }: { plan: Doc<"plans">; held: readonly Held[] },
): Promise<Terms> {
  const { stripePrice, whopLink, sellappLink } = plan.refs;
  const offer = { stripe: stripePrice, whop: whopLink, sellapp: sellappLink }[provider] ?? "";
  if (provider !== "stripe") return { offer, customer: null, trialDays: 0 };
  const customer = await findStripeCustomer(ctx, userId);
  const isNew = !held.some(({ hasOpened }) => hasOpened);
  return { offer, customer, trialDays: isNew ? plan.trialDays : 0 };
}

/** A session of Stripe's can be ended; a page at Whop or Sell.app is only forgotten. */
function isPayable(
  open: Doc<"checkouts">,
  nowMs: number,
): open is Doc<"checkouts"> & { sessionRef: string } {
  return open.provider === "stripe" && open.sessionRef !== null && open.expiresAtMs > nowMs;
}

function isUsable(
  open: Doc<"checkouts">,
  provider: Provider,
  terms: Terms,
  nowMs: number,
): boolean {
  const { offer, customer, trialDays } = open.terms;
  const isSame =
    open.provider === provider &&
    offer === terms.offer &&
    customer === terms.customer &&
    trialDays === terms.trialDays;
  return isSame && open.expiresAtMs - nowMs > LEAST_LEFT_MS;
}

async function insertCheckout(
  ctx: MutationCtx,
  { wish, terms }: { wish: Wish; terms: Terms },
  nowMs: number,
): Promise<Begun> {
  const checkoutId = await ctx.db.insert("checkouts", {
    ...wish,
    state: "open",
    terms,
    sessionRef: null,
    url: null,
    problem: null,
    startedAtMs: nowMs,
    expiresAtMs: nowMs + OPENING_MS,
    endedAtMs: null,
  });
  if (wish.provider === "stripe" || (wish.provider === "whop" && hasWhopApi())) {
    return { kind: "make", checkoutId };
  }
  const user = await ctx.db.get("users", wish.userId);
  const buyer = {
    userId: wish.userId,
    email: user?.email ?? null,
    returnUrl: returnUrl(checkoutId),
  };
  const build = { whop: whopCheckoutUrl, sellapp: sellappCheckoutUrl }[wish.provider];
  const url = build(terms.offer, buyer);
  await openAt(ctx, checkoutId, { sessionRef: null, url, expiresAtMs: nowMs + LINK_MS });
  return { kind: "ready", checkoutId, url };
}

/** Where the buyer comes back to. */
export function returnUrl(checkoutId: Id<"checkouts">): string {
  const url = new URL("/checkout/return", getEnvironment("SITE_URL"));
  url.searchParams.set("checkout", checkoutId);
  return url.toString();
}
