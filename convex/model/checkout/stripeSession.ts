/**
 * What Stripe is asked for: a checkout session that carries our user id everywhere an event may later look
 * for it, and the customer portal.
 */
import { USER_ID_FIELD } from "@heliograph/domain";
import type Stripe from "stripe";

export interface SessionWish {
  readonly checkoutId: string;
  readonly userId: string;
  readonly price: string;
  readonly kind: "recurring" | "fixed";
  readonly trialDays: number;
  readonly customer: string | null;
  readonly email: string | null;
  readonly returnUrl: string;
}

/** The parameters of the session. The same wish gives the same ones: the idempotency key depends on it. */
export function sessionParams(wish: SessionWish): Stripe.Checkout.SessionCreateParams {
  const { userId, price, kind, customer, email, checkoutId, returnUrl, trialDays } = wish;
  const metadata = {
    [USER_ID_FIELD]: userId,
    heliograph_checkout_id: checkoutId,
    heliograph_price: price, // the event of a single payment does not say what was bought
  };
  const cancelUrl = new URL(returnUrl);
  cancelUrl.searchParams.set("cancelled", "1");
  return {
    mode: kind === "recurring" ? "subscription" : "payment",
    line_items: [{ price, quantity: 1 }],
    client_reference_id: userId,
    metadata,
    success_url: returnUrl,
    cancel_url: cancelUrl.toString(),
    ...buyerOf(customer, email, kind),
    ...(kind === "recurring"
      ? {
          subscription_data: {
            metadata,
            ...(trialDays > 0 && { trial_period_days: trialDays }),
          },
        }
      : { payment_intent_data: { metadata } }),
  };
}

/** Without `customer_creation` a single payment would make no customer, and the buyer's next one no link. */
function buyerOf(customer: string | null, email: string | null, kind: SessionWish["kind"]) {
  if (customer !== null) return { customer };
  return {
    ...(email !== null && { customer_email: email }),
    ...(kind === "fixed" && { customer_creation: "always" as const }),
  };
}
