/** A plan as Whop shows it: amounts in whole units, periods in days. */
import type { Period, Plan } from "../catalogue/catalogue.ts";

const DAYS: Record<Period["unit"], number> = { day: 1, week: 7, month: 30, year: 365 };

export function planToWire({ id, name, product, amount, currency, ...terms }: Plan) {
  const { every, termDays, trialDays } = terms;
  const price = amount / 100;
  return {
    ...{ id, title: name, currency, product: { id: product.id, title: product.name } },
    plan_type: every === null ? "one_time" : "renewal",
    initial_price: every === null ? price : 0,
    renewal_price: every === null ? 0 : price,
    billing_period: every === null ? null : DAYS[every.unit] * every.count,
    expiration_days: every === null ? termDays : null,
    trial_period_days: trialDays === 0 ? null : trialDays,
    visibility: "visible",
  };
}
