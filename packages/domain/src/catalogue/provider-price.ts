/**
 * A plan held against what its provider really asks for it: everything that differs, with both values.
 *
 * [PRICE1] Amount, currency and rhythm each have a code of their own, and the message names both sides.
 * [PRICE2] A price that the provider does not know, or sells no more, is one problem, and nothing else is said of it.
 */
import { amountText } from "../payments/money.ts";
import type { PlanFields, PlanKind } from "./plan.ts";
import type { PlanField, PlanProblem, PlanProblemCode } from "./plan-problems.ts";

/** Providers whose prices can be asked for. */
export type PricingProvider = "stripe" | "whop";

/** What a provider asks for, in minor units. */
export interface ProviderPrice {
  readonly isActive: boolean;
  readonly amount: number | null; // null: not one fixed amount
  readonly currency: string; // lower case
  readonly every: { readonly unit: string; readonly count: number } | null; // null: paid once
  readonly days: number | null; // paid once: when the provider itself ends it
}

const PLACES = {
  stripe: { field: "stripePrice", name: "Stripe" },
  whop: { field: "whopPlan", name: "Whop" },
} as const satisfies Record<PricingProvider, { field: PlanField; name: string }>;

const CODES: readonly PlanProblemCode[] = [
  "provider_price_unknown",
  "provider_price_inactive",
  "provider_price_differs",
  "provider_currency_differs",
  "provider_interval_differs",
];

/** Whether only asking the provider again can tell if it still is so. */
export function isPriceFinding({ code }: { readonly code: string }): boolean {
  return CODES.some((known) => known === code);
}

/** What differs. `told` null: the provider does not know the price. */
export function comparePrice(
  plan: Pick<PlanFields, "kind" | "priceAmount" | "currency" | "refs">,
  provider: PricingProvider,
  told: ProviderPrice | null,
): PlanProblem[] {
  const { field, name } = PLACES[provider];
  const problem = (code: PlanProblemCode, message: string) => [{ code, field, message }];
  const ref = plan.refs[field];
  if (told === null) return problem("provider_price_unknown", `${name} does not know ${ref}.`);
  if (!told.isActive) {
    return problem("provider_price_inactive", `${name} does not sell ${ref} any more.`);
  }
  const { priceAmount: amount, currency, kind } = plan;
  const differs: PlanProblem[] = [];
  if (told.currency !== currency) {
    const message = `${name} asks in ${told.currency.toUpperCase()}, the plan says ${currency.toUpperCase()}.`;
    differs.push(...problem("provider_currency_differs", message));
  } else if (told.amount !== amount) {
    const asked = told.amount === null ? "no fixed amount" : amountText(told.amount, currency);
    const message = `${name} asks ${asked}, the plan says ${amountText(amount, currency)}.`;
    differs.push(...problem("provider_price_differs", message));
  }
  if (rhythmOf(kind) !== rhythmTold(told, kind)) {
    const message = `${name} charges ${rhythmTold(told, kind)}, the plan says ${rhythmOf(kind)}.`;
    differs.push(...problem("provider_interval_differs", message));
  }
  return differs;
}

function rhythmOf(kind: PlanKind): string {
  return kind.kind === "recurring" ? everyText(kind.every, 1) : `once for ${kind.days} days`;
}

/** Where the provider does not end what was paid once, the plan does. */
function rhythmTold({ every, days }: ProviderPrice, kind: PlanKind): string {
  if (every !== null) return everyText(every.unit, every.count);
  if (days !== null) return `once for ${days} days`;
  return kind.kind === "fixed" ? rhythmOf(kind) : "once";
}

function everyText(unit: string, count: number): string {
  return count === 1 ? `every ${unit}` : `every ${count} ${unit}s`;
}
