/** What a provider asks for one of its prices. */
import { minorUnits, type PricingProvider, type ProviderPrice } from "@heliograph/domain";
import Stripe from "stripe";
import { stripeClient } from "../checkout/stripeClient.ts";
import { ask, field } from "../reconcile/truth/ask.ts";
import { RefusedAnswer } from "../reconcile/truth/problems.ts";
import { whopQuestion } from "../reconcile/truth/whop.ts";

const WHOP_PERIODS: ReadonlyMap<unknown, { unit: string; count: number }> = new Map([
  [30, { unit: "month", count: 1 }],
  [31, { unit: "month", count: 1 }],
  [365, { unit: "year", count: 1 }],
  [366, { unit: "year", count: 1 }],
]);

/** Null: the provider does not know it. Throws what asking throws. */
export async function askPrice(
  provider: PricingProvider,
  ref: string,
): Promise<ProviderPrice | null> {
  switch (provider) {
    case "stripe":
      return await askStripe(ref);
    case "whop":
      return await askWhop(ref);
    default:
      return provider satisfies never;
  }
}

async function askStripe(ref: string): Promise<ProviderPrice | null> {
  try {
    const price = await stripeClient().prices.retrieve(ref);
    const { active: isActive, unit_amount: amount, currency, recurring } = price;
    const every =
      recurring === null ? null : { unit: recurring.interval, count: recurring.interval_count };
    return { isActive, amount, currency, every, days: null };
  } catch (error) {
    const isMissing =
      error instanceof Stripe.errors.StripeInvalidRequestError && error.code === "resource_missing";
    if (isMissing) return null;
    throw error;
  }
}

/** Whop writes whole units and days. What it asks for beside the renewals at the beginning is not compared. */
async function askWhop(ref: string): Promise<ProviderPrice | null> {
  try {
    const plan = await ask(whopQuestion(), `/plans/${encodeURIComponent(ref)}`, {});
    const renews = field(plan, "plan_type") === "renewal";
    const price = field(plan, renews ? "renewal_price" : "initial_price");
    const currency = String(field(plan, "currency")).toLowerCase();
    const days = Number(field(plan, "billing_period"));
    const expires = field(plan, "expiration_days");
    return {
      isActive: field(plan, "visibility") !== "archived",
      amount: typeof price === "number" ? minorUnits(price, currency) : null,
      currency,
      every: renews ? (WHOP_PERIODS.get(days) ?? { unit: "day", count: days }) : null,
      days: !renews && typeof expires === "number" ? expires : null,
    };
  } catch (error) {
    if (error instanceof RefusedAnswer && error.status === 404) return null;
    throw error;
  }
}
