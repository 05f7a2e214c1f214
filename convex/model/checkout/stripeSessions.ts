/** Sessions at Stripe: checkouts, made once however often they are asked for and ended unless paid; the portal. */
import Stripe from "stripe";
import { type SessionWish, sessionParams } from "./stripeSession.ts";

export interface MadeSession {
  readonly sessionRef: string;
  readonly url: string;
  readonly expiresAtMs: number;
}

/**
 * Asking again with the same wish gives the same session. A customer whom Stripe does not know (any more: it was
 * deleted there, or is of test mode) is left out, and the session makes a new one. Throws Stripe's errors.
 */
export async function makeSession(stripe: Stripe, wish: SessionWish): Promise<MadeSession> {
  try {
    return await createSession(stripe, wish);
  } catch (error) {
    if (wish.customer === null || !isCustomerMissing(error)) throw error;
    return await createSession(stripe, { ...wish, customer: null });
  }
}

async function createSession(stripe: Stripe, wish: SessionWish): Promise<MadeSession> {
  const params = sessionParams(wish);
  const idempotencyKey = `${wish.checkoutId}-${await digestOf(JSON.stringify(params))}`;
  const session = await stripe.checkout.sessions.create(params, { idempotencyKey });
  if (session.url === null) throw new Error(`Stripe made the session ${session.id} without a page`);
  return {
    sessionRef: session.id,
    url: session.url,
    expiresAtMs: session.expires_at * 1_000,
  };
}

/** What became of a session that was to end. `complete`: it had been paid. */
export type EndedSession =
  | { readonly state: "ended" }
  | { readonly state: "complete"; readonly subscription: string | null };

/** Makes sure that a session cannot be paid any more. Safe to repeat. Throws Stripe's errors. */
export async function endSession(stripe: Stripe, sessionRef: string): Promise<EndedSession> {
  const known = await findEnded(stripe, sessionRef);
  if (known !== null) return known;
  try {
    await stripe.checkout.sessions.expire(sessionRef);
    return { state: "ended" };
  } catch (error) {
    // Paid, or ended, in this moment: then it is refused.
    const meanwhile =
      error instanceof Stripe.errors.StripeInvalidRequestError
        ? await findEnded(stripe, sessionRef)
        : null;
    if (meanwhile === null) throw error;
    return meanwhile;
  }
}

async function findEnded(stripe: Stripe, sessionRef: string): Promise<EndedSession | null> {
  const { status, subscription } = await stripe.checkout.sessions.retrieve(sessionRef);
  if (status === "open") return null;
  if (status !== "complete") return { state: "ended" };
  const id = typeof subscription === "string" ? subscription : (subscription?.id ?? null);
  return { state: "complete", subscription: id };
}

/**
 * The customer portal of the first of these customers whom Stripe still knows; null: it knows none. Throws Stripe's
 * errors.
 */
export async function openPortal(
  stripe: Stripe,
  customers: readonly string[],
  returnUrl: string,
): Promise<{ url: string } | null> {
  for (const customer of customers) {
    try {
      const portal = { customer, return_url: returnUrl };
      const { url } = await stripe.billingPortal.sessions.create(portal);
      return { url };
    } catch (error) {
      if (!isCustomerMissing(error)) throw error;
    }
  }
  return null;
}

function isCustomerMissing(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    error.code === "resource_missing" &&
    error.param === "customer"
  );
}

/** The key changes with what is asked for: Stripe refuses one key for two wishes. */
async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest).slice(0, 12)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
