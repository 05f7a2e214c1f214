/** Stripe's webhooks as they come: a person buys thirty days, then gets the money back, and again. */
import Stripe from "stripe";

export const SECRET = "whsec_bench";
export const PRICE = "price_bench";
const AMOUNT = 3_500;

const stripe = new Stripe("sk_test_bench");

/** The n-th thing that happens to a person, counted from 0: even ones are purchases. */
export function bodyOf(person: { email: string; userId: string }, n: number): string {
  const deal = `${person.userId}_${Math.floor(n / 2)}`;
  return n % 2 === 0 ? purchase(person, deal) : refund(deal);
}

/** The headers with which Stripe would send it now. */
export function headersOf(payload: string): Record<string, string> {
  const signature = stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET });
  return { "content-type": "application/json", "stripe-signature": signature };
}

function purchase({ email, userId }: { email: string; userId: string }, deal: string): string {
  return event("checkout.session.completed", deal, {
    ...{ id: `cs_${deal}`, object: "checkout.session", mode: "payment", payment_status: "paid" },
    ...{ client_reference_id: userId, customer: `cus_${userId}`, customer_details: { email } },
    ...{ payment_intent: `pi_${deal}`, amount_total: AMOUNT, currency: "usd" },
    metadata: { heliograph_price: PRICE },
  });
}

function refund(deal: string): string {
  return event("refund.created", deal, {
    ...{ id: `re_${deal}`, object: "refund", amount: AMOUNT, currency: "usd" },
    ...{ charge: `ch_${deal}`, payment_intent: `pi_${deal}`, status: "succeeded" },
  });
}

function event(type: string, deal: string, object: object): string {
  const created = Math.floor(Date.now() / 1000);
  const head = { id: `evt_${type}_${deal}`, object: "event", created, livemode: true };
  return JSON.stringify({ ...head, api_version: Stripe.API_VERSION, type, data: { object } });
}
