/**
 * The demo's shop: three tiers, their plans, and the same plans at the simulated providers. Ids are fixed, so
 * that a start with kept data sells what was sold before.
 *
 *   plan of ours          Stripe             Whop              Sell.app
 *   ---------------------------------------------------------------------------
 *   renews monthly        price_..._month    plan_..._month    sells no subscriptions here
 *   renews yearly         price_..._year
 *   so many days, once    price_..._days                       variant 4...
 */

const KEYS = {
  stripe: "sk_test_demo",
  whop: "whop_demo_key",
  sellapp: "sellapp_demo_key",
} as const;
const WEBHOOK_SECRETS = {
  stripe: "whsec_demo_stripe",
  whop: "ws_demo_whop",
  sellapp: "demo_sellapp",
} as const;

type Duration = { readonly every: "month" | "year" } | { readonly days: number };

interface DemoPlan {
  readonly tier: "basic" | "advanced" | "pro";
  readonly slug: string;
  readonly name: string;
  readonly amount: number; // cents
  readonly lasts: Duration;
  readonly trialDays?: number;
  readonly sellappVariant?: number;
  readonly highlights: readonly string[];
}

const TIERS = [
  {
    tier: "basic",
    label: "Basic",
    description: "The daily calls: entries, targets and stops for the large coins.",
  },
  {
    tier: "advanced",
    label: "Advanced",
    description: "Everything in Basic, with swing trades and updates while they run.",
  },
  {
    tier: "pro",
    label: "Pro",
    description: "Everything the desk posts, at the moment it is posted.",
  },
] as const;

const PLANS: readonly DemoPlan[] = [
  {
    tier: "basic",
    slug: "basic-monthly",
    name: "Basic, monthly",
    amount: 2_900,
    lasts: { every: "month" },
    highlights: ["Basic calls on the web and in Discord", "Cancel at any time"],
  },
  {
    tier: "basic",
    slug: "basic-30-days",
    name: "Basic, 30 days",
    amount: 3_500,
    lasts: { days: 30 },
    sellappVariant: 40_010,
    highlights: ["Paid once, ends by itself", "Buy again and the days add up"],
  },
  {
    tier: "advanced",
    slug: "advanced-monthly",
    name: "Advanced, monthly",
    amount: 5_900,
    lasts: { every: "month" },
    trialDays: 7,
    highlights: ["Basic and Advanced calls", "Seven days to try it", "Cancel at any time"],
  },
  {
    tier: "advanced",
    slug: "advanced-90-days",
    name: "Advanced, 90 days",
    amount: 15_900,
    lasts: { days: 90 },
    sellappVariant: 40_020,
    highlights: ["Paid once, ends by itself", "Buy again and the days add up"],
  },
  {
    tier: "pro",
    slug: "pro-monthly",
    name: "Pro, monthly",
    amount: 9_900,
    lasts: { every: "month" },
    highlights: ["Every call of the desk", "Cancel at any time"],
  },
  {
    tier: "pro",
    slug: "pro-yearly",
    name: "Pro, yearly",
    amount: 99_000,
    lasts: { every: "year" },
    highlights: ["Every call of the desk", "Two months less to pay"],
  },
  {
    tier: "pro",
    slug: "pro-30-days",
    name: "Pro, 30 days",
    amount: 11_900,
    lasts: { days: 30 },
    sellappVariant: 40_030,
    highlights: ["Every call of the desk", "Paid once, ends by itself"],
  },
];

const SELLAPP_PRODUCT = 4_000; // of our basic plans; the next ones of the other tiers

/** What the deployment is told: where the providers are, and the keys they share with us. */
export function paymentsEnvironment(sim: string): Readonly<Record<string, string>> {
  return {
    HELIOGRAPH_STRIPE_SECRET_KEY: KEYS.stripe,
    HELIOGRAPH_STRIPE_API_URL: sim,
    HELIOGRAPH_STRIPE_WEBHOOK_SECRETS: WEBHOOK_SECRETS.stripe,
    HELIOGRAPH_WHOP_API_KEY: KEYS.whop,
    HELIOGRAPH_WHOP_API_URL: `${sim}/whop/api/v1`,
    HELIOGRAPH_WHOP_WEBHOOK_SECRETS: WEBHOOK_SECRETS.whop,
    HELIOGRAPH_SELLAPP_API_KEY: KEYS.sellapp,
    HELIOGRAPH_SELLAPP_API_URL: `${sim}/sellapp/api/v2`,
    HELIOGRAPH_SELLAPP_WEBHOOK_SECRETS: WEBHOOK_SECRETS.sellapp,
  };
}

/** What `setup:seedCatalogue` makes of it in the backend. */
export function catalogueSeed(sim: string) {
  return { tiers: [...TIERS], plans: PLANS.map((plan) => toPlan(plan, sim)) };
}

/** What the simulated providers are started with. */
export function paymentsConfig(where: { readonly site: string; readonly web: string }) {
  const redirectUrl = `${where.web}/checkout/return`;
  const webhooks = (provider: keyof typeof WEBHOOK_SECRETS) => [
    { url: `${where.site}/webhooks/${provider}`, secret: WEBHOOK_SECRETS[provider] },
  ];
  return {
    stripe: {
      secretKey: KEYS.stripe,
      webhooks: webhooks("stripe"),
      products: products((plan) => [{ ...offer(plan), id: stripePrice(plan) }]),
    },
    whop: {
      apiKey: KEYS.whop,
      redirectUrl,
      webhooks: webhooks("whop"),
      products: products((plan) =>
        isMonthly(plan) ? [{ ...offer(plan), id: whopPlan(plan) }] : [],
      ),
    },
    sellapp: {
      apiKey: KEYS.sellapp,
      redirectUrl,
      webhooks: webhooks("sellapp"),
      products: products(
        (plan) =>
          plan.sellappVariant === undefined
            ? []
            : [{ ...offer(plan), id: String(plan.sellappVariant) }],
        (tier) => String(SELLAPP_PRODUCT + tier),
      ),
    },
  };
}

function products<Offer>(
  offersOf: (plan: DemoPlan) => readonly Offer[],
  idOf?: (tier: number) => string,
) {
  return TIERS.map(({ tier, label }, index) => ({
    ...(idOf !== undefined && { id: idOf(index) }),
    name: `Lindqvist Desk ${label}`,
    plans: PLANS.filter((plan) => plan.tier === tier).flatMap(offersOf),
  }));
}

function offer({ name, amount, lasts, trialDays }: DemoPlan) {
  return {
    name,
    amount,
    currency: "usd",
    ...("every" in lasts ? { every: { unit: lasts.every } } : { termDays: lasts.days }),
    ...(trialDays !== undefined && { trialDays }),
  };
}

function toPlan(plan: DemoPlan, sim: string) {
  const { tier, slug, name, amount, lasts, trialDays = 0, highlights, sellappVariant } = plan;
  const kind =
    "every" in lasts
      ? { kind: "recurring", every: lasts.every }
      : { kind: "fixed", days: lasts.days };
  const tierNumber = TIERS.findIndex((known) => known.tier === tier);
  const product = SELLAPP_PRODUCT + tierNumber;
  const variant = sellappVariant === undefined ? null : String(sellappVariant);
  const refs = {
    stripePrice: stripePrice(plan),
    whopPlan: isMonthly(plan) ? whopPlan(plan) : null,
    whopLink: isMonthly(plan) ? `${sim}/whop/checkout/${whopPlan(plan)}` : null,
    sellappVariant: variant,
    sellappLink: variant === null ? null : `${sim}/sellapp/product/${product}?variant=${variant}`,
  };
  const price = { priceAmount: amount, currency: "usd", trialDays };
  return { slug, tier, name, kind, ...price, highlights: [...highlights], refs };
}

const isMonthly = ({ lasts }: DemoPlan) => "every" in lasts && lasts.every === "month";
const stripePrice = ({ slug }: DemoPlan) => `price_${slug.replaceAll("-", "_")}`;
const whopPlan = ({ slug }: DemoPlan) => `plan_${slug.replaceAll("-", "_")}`;
