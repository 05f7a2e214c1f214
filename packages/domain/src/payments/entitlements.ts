/**
 * From purchases and grants to entitlements: which tier, from when, until when, and why.
 *
 * [ENT1] A recurring purchase gives the tier of what it was for at that time, for the terms it paid.
 * [ENT2] Fixed terms of one tier follow each other: each runs from its payment or from the end of
 *        those before, whichever is later. Another tier runs on its own.
 * [ENT3] A refund or dispute of one of them takes out exactly the days it has left: those after it
 *        move up, days already used stay used. A dispute that is won gives the days back.
 * [ENT4] Of what was bought, the most specific thing with a plan decides (price, plan or variant
 *        before product), and of several the highest tier. Without a plan there is no entitlement.
 * [ENT5] A grant counts until it ends or is revoked.
 * [ENT6] A fixed purchase without days is for good, unless the provider ends it or its plan is one
 *        that renews: then its end is unknown, and it gives nothing.
 *
 *   basic, 30 days    paid day 0    |=======refunded day 10
 *   basic, 30 days    paid day 5            |=====================|  days 10 to 40, not 30 to 60
 */
import { compareTiers, type Tier } from "../tiers.ts";
import type { ProductRef } from "./facts.ts";
import { type MeteredPurchase, runFixedTerms } from "./fixed-terms.ts";
import type { Purchase, Term } from "./purchase.ts";
import { earliest } from "./terms.ts";

/** What the catalogue says about a product of a provider. `days` null: the provider's calendar, or for good. */
export interface PlannedProduct {
  readonly product: ProductRef;
  readonly tier: Tier;
  readonly kind: "recurring" | "fixed";
  readonly days: number | null;
}

/** A purchase with the plans of its products (those of its provider). */
export interface PlannedPurchase {
  readonly id: string;
  readonly purchase: Pick<Purchase, "kind" | "terms" | "products" | "paidAtMs">;
  readonly plans: readonly PlannedProduct[];
}

/** Access given by staff. */
export interface Grant {
  readonly id: string;
  readonly tier: Tier;
  readonly fromMs: number;
  readonly untilMs: number | null;
  readonly revokedAtMs: number | null;
}

/** Why somebody is entitled. */
export interface EntitlementCause {
  readonly kind: "purchase" | "grant";
  readonly id: string;
}

/** A tier for a time. `untilMs` null: no end is known. */
export interface Entitlement {
  readonly tier: Tier;
  readonly fromMs: number;
  readonly untilMs: number | null;
  readonly because: EntitlementCause;
}

/** Everything a person is or was entitled to, ordered by start. */
export function entitlementsOf(held: {
  readonly purchases: readonly PlannedPurchase[];
  readonly grants: readonly Grant[];
}): Entitlement[] {
  const recurring = held.purchases.filter(({ purchase }) => purchase.kind === "recurring");
  const fixed = held.purchases.filter(({ purchase }) => purchase.kind === "fixed");
  return [
    ...recurring.flatMap(entitlementsOfRecurring),
    ...entitlementsOfFixed(fixed),
    ...held.grants.flatMap(entitlementOfGrant),
  ].sort(byStart);
}

/** The plan that says what these products open; undefined if none of them has one. */
export function findPlan(
  products: readonly ProductRef[],
  plans: readonly PlannedProduct[],
): PlannedProduct | undefined {
  const planned = plans.filter((plan) => products.includes(plan.product));
  const specific = planned.filter((plan) => !plan.product.startsWith("product:"));
  return (specific.length > 0 ? specific : planned).toSorted(byTierAndDays).at(-1);
}

function entitlementsOfRecurring({ id, purchase, plans }: PlannedPurchase): Entitlement[] {
  return purchase.terms.flatMap(({ fromMs, untilMs, products }) => {
    const plan = findPlan(products, plans);
    if (plan === undefined) return [];
    return [{ tier: plan.tier, fromMs, untilMs, because: { kind: "purchase", id } as const }];
  });
}

function entitlementsOfFixed(purchases: readonly PlannedPurchase[]): Entitlement[] {
  const metered = new Map<Tier, MeteredPurchase[]>();
  const unmetered: Entitlement[] = [];
  for (const { id, purchase, plans } of purchases) {
    const plan = findPlan(purchase.products, plans);
    if (plan === undefined || purchase.paidAtMs === null) continue;
    const { tier, days } = plan;
    const { terms, paidAtMs } = purchase;
    if (days === null) {
      unmetered.push(...endlessOf({ id, terms, plan }));
    } else {
      metered.set(tier, [...(metered.get(tier) ?? []), { id, paidAtMs, days, terms }]);
    }
  }
  const stacked = [...metered].flatMap(([tier, ofTier]) =>
    runFixedTerms(ofTier).map(({ id, fromMs, untilMs }): Entitlement => {
      return { tier, fromMs, untilMs, because: { kind: "purchase", id } };
    }),
  );
  return [...unmetered, ...stacked];
}

function endlessOf(found: {
  id: string;
  terms: readonly Term[];
  plan: PlannedProduct;
}): Entitlement[] {
  const { id, terms, plan } = found;
  return terms
    .filter(({ untilMs }) => untilMs !== null || plan.kind === "fixed")
    .map(({ fromMs, untilMs }) => ({
      tier: plan.tier,
      fromMs,
      untilMs,
      because: { kind: "purchase", id },
    }));
}

function entitlementOfGrant(grant: Grant): Entitlement[] {
  const { id, tier, fromMs, revokedAtMs } = grant;
  const untilMs = earliest(grant.untilMs, revokedAtMs);
  if (untilMs !== null && untilMs <= fromMs) return [];
  return [{ tier, fromMs, untilMs, because: { kind: "grant", id } }];
}

function byTierAndDays(a: PlannedProduct, b: PlannedProduct): number {
  return (
    compareTiers(a.tier, b.tier) ||
    (a.days ?? Number.MAX_SAFE_INTEGER) - (b.days ?? Number.MAX_SAFE_INTEGER) ||
    (a.product < b.product ? -1 : 1)
  );
}

function byStart(a: Entitlement, b: Entitlement): number {
  return (
    a.fromMs - b.fromMs || compareTiers(a.tier, b.tier) || (a.because.id < b.because.id ? -1 : 1)
  );
}
