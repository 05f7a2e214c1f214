/** A plan of the catalogue: a way to buy a tier, and what it is called at each provider. */
import type { ProductRef } from "../payments/facts.ts";
import { PROVIDERS, type Provider } from "../payments/refs.ts";
import type { Tier } from "../tiers.ts";

/** `recurring`: renews at the provider. `fixed`: paid once, for so many days. */
export type PlanKind =
  | { readonly kind: "recurring"; readonly every: "month" | "year" }
  | { readonly kind: "fixed"; readonly days: number };

/** What a plan is called at each provider; null: not sold there. */
export interface ProviderRefs {
  readonly stripePrice: string | null;
  readonly whopPlan: string | null;
  readonly whopLink: string | null;
  readonly sellappVariant: string | null;
  readonly sellappLink: string | null;
}

/** What an operator writes about a plan. */
export interface PlanFields {
  readonly slug: string;
  readonly tier: Tier;
  readonly name: string;
  readonly kind: PlanKind;
  /** In the currency's smallest unit. */
  readonly priceAmount: number;
  /** ISO 4217, lower case. */
  readonly currency: string;
  /** 0: none. */
  readonly trialDays: number;
  readonly highlights: readonly string[];
  readonly refs: ProviderRefs;
}

/** What the providers' events call a plan by its own fields. Such a ref belongs to one plan. */
export function refsOfPlan({ stripePrice, whopPlan, sellappVariant }: ProviderRefs): ProductRef[] {
  return [
    ...(stripePrice === null ? [] : [`price:${stripePrice}` as const]),
    ...(whopPlan === null ? [] : [`plan:${whopPlan}` as const]),
    ...(sellappVariant === null ? [] : [`variant:${sellappVariant}` as const]),
  ];
}

/** Where a plan can be bought: a provider that is set up, with all it needs to sell it. */
export function offeringProviders(refs: ProviderRefs, configured: readonly Provider[]): Provider[] {
  const needed: Record<Provider, readonly (string | null)[]> = {
    stripe: [refs.stripePrice],
    whop: [refs.whopPlan, refs.whopLink],
    sellapp: [refs.sellappVariant, refs.sellappLink],
  };
  return PROVIDERS.filter(
    (provider) => configured.includes(provider) && !needed[provider].includes(null),
  );
}

/** Whether two kinds last equally long, so that a buyer could not tell the plans apart. */
export function lastsAsLong(a: PlanKind, b: PlanKind): boolean {
  if (a.kind === "recurring") return b.kind === "recurring" && a.every === b.every;
  return b.kind === "fixed" && a.days === b.days;
}
