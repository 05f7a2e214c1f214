/** What is sold in the torture of payments: every kind of plan at every provider that has it. */
import type { PlanSeed, SimConfig } from "payments-sim";

export type Tier = "basic" | "advanced" | "pro";
export type Provider = "stripe" | "whop" | "sellapp";

type Lasts = { readonly every: "month" | "year" } | { readonly days: number };

/** A plan with its id at each provider. */
export interface ShopPlan {
  readonly slug: string;
  readonly tier: Tier;
  readonly amount: number; // cents
  readonly lasts: Lasts;
  readonly ids: Readonly<Record<Provider, string>>;
}

export const GRACE_MS = 3 * 86_400_000; // the deployment's default
export const TIERS: readonly Tier[] = ["basic", "advanced", "pro"];

const SECRETS = { stripe: "whsec_torture", whop: "ws_torture", sellapp: "torture" };
const KEYS = { stripe: "sk_test_torture", whop: "whop_torture", sellapp: "sellapp_torture" };

export const PLANS: readonly ShopPlan[] = TIERS.flatMap((tier, index) => [
  plan(tier, "monthly", 2_900 + 3_000 * index, { every: "month" }, 10 * index + 7_001),
  plan(tier, "yearly", 29_000 + 30_000 * index, { every: "year" }, 10 * index + 7_002),
  plan(tier, "10-days", 1_500 + 1_000 * index, { days: 10 }, 10 * index + 7_003),
  plan(tier, "45-days", 3_500 + 3_000 * index, { days: 45 }, 10 * index + 7_004),
]);

/** The plan that a provider calls so. */
export function planAt(provider: Provider, id: string): ShopPlan {
  const found = PLANS.find(({ ids }) => ids[provider] === id);
  if (found === undefined) throw new Error(`nothing is sold as ${id} at ${provider}`);
  return found;
}

/** What the deployment is told. */
export function shopEnvironment(simUrl: string): Readonly<Record<string, string>> {
  return {
    HELIOGRAPH_STRIPE_SECRET_KEY: KEYS.stripe,
    HELIOGRAPH_STRIPE_API_URL: simUrl,
    HELIOGRAPH_STRIPE_WEBHOOK_SECRETS: SECRETS.stripe,
    HELIOGRAPH_WHOP_API_KEY: KEYS.whop,
    HELIOGRAPH_WHOP_API_URL: `${simUrl}/whop/api/v1`,
    HELIOGRAPH_WHOP_WEBHOOK_SECRETS: SECRETS.whop,
    HELIOGRAPH_SELLAPP_API_KEY: KEYS.sellapp,
    HELIOGRAPH_SELLAPP_API_URL: `${simUrl}/sellapp/api/v2`,
    HELIOGRAPH_SELLAPP_WEBHOOK_SECRETS: SECRETS.sellapp,
    HELIOGRAPH_RECONCILE_MINUTES: "0", // the run says when
  };
}

/** What the simulator is started with. */
export function shopConfig(siteUrl: string, seed: number, startMs: number): SimConfig {
  const sold = (provider: Provider) => ({
    webhooks: [{ url: `${siteUrl}/webhooks/${provider}`, secret: SECRETS[provider] }],
    products: [{ id: PRODUCTS[provider], name: "Signals", plans: PLANS.map(offerAt(provider)) }],
  });
  return {
    ...{ seed: String(seed), frozen: true, startMs },
    stripe: { secretKey: KEYS.stripe, ...sold("stripe") },
    whop: { apiKey: KEYS.whop, ...sold("whop") },
    sellapp: { apiKey: KEYS.sellapp, ...sold("sellapp") },
  };
}

/** The same for `setup:seedCatalogue`. */
export function shopCatalogue() {
  return { tiers: [], plans: PLANS.map(toPlan) };
}

/** What a checkout of ours puts on a single payment at Stripe. */
export function metadataByPlan(): Record<string, Record<string, string>> {
  const entries = PLANS.map(({ ids }) => [ids.stripe, { heliograph_price: ids.stripe }] as const);
  return Object.fromEntries(entries);
}

/** Everything in one of a provider's lists, straight from its API. */
export async function listAt(simUrl: string, provider: Provider, path: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const response: Response = await fetch(`${simUrl}${path}${next}`, {
      headers: { authorization: `Bearer ${KEYS[provider]}` },
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    const page = await response.json();
    found.push(...page.data);
    next = nextOf(page);
  }
  return found;
}

const PRODUCTS = { stripe: "prod_signals", whop: "prod_whop", sellapp: "7000" } as const;

function plan(tier: Tier, name: string, amount: number, lasts: Lasts, variant: number): ShopPlan {
  const slug = `${tier}-${name}`;
  const word = slug.replaceAll("-", "_");
  const ids = { stripe: `price_${word}`, whop: `plan_${word}`, sellapp: String(variant) };
  return { slug, tier, amount, lasts, ids };
}

function offerAt(provider: Provider) {
  return ({ amount, lasts, ids, slug }: ShopPlan): PlanSeed => ({
    ...{ id: ids[provider], name: slug, amount },
    ...("every" in lasts ? { every: { unit: lasts.every } } : { termDays: lasts.days }),
  });
}

function toPlan({ slug, tier, amount, lasts, ids }: ShopPlan) {
  const kind =
    "every" in lasts
      ? { kind: "recurring", every: lasts.every }
      : { kind: "fixed", days: lasts.days };
  const refs = {
    ...{ stripePrice: ids.stripe, whopPlan: ids.whop, sellappVariant: ids.sellapp },
    ...{ whopLink: `https://whop.com/checkout/${ids.whop}` },
    sellappLink: `https://torture.sell.app/product/signals?variant=${ids.sellapp}`,
  };
  const price = { priceAmount: amount, currency: "usd", trialDays: 0, highlights: ["Signals"] };
  return { slug, tier, name: slug, kind, ...price, refs };
}

/** The question for the next page, in whichever way the provider numbers them. */
function nextOf(page: {
  data: { id: string }[];
  has_more?: boolean;
  page_info?: { has_next_page: boolean; end_cursor: string };
  meta?: { current_page: number; last_page: number };
}): string | null {
  if (page.has_more === true) return `&starting_after=${page.data.at(-1)?.id}`;
  if (page.page_info?.has_next_page === true) return `&after=${page.page_info.end_cursor}`;
  const { meta } = page;
  return meta !== undefined && meta.current_page < meta.last_page
    ? `&page=${meta.current_page + 1}`
    : null;
}
