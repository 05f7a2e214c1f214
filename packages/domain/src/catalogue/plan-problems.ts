/**
 * What keeps a plan from being sold: everything at once, each with a stable code and the field it is about.
 *
 * [PLAN1] All problems of a plan are named, not the first.
 * [PLAN2] A checkout link is https; http only on loopback, and only where our own site is on loopback.
 * [PLAN3] No two plans on sale have the same tier and duration.
 * [PLAN4] A plan needs a provider that can sell it and that we hear of payments from.
 */
import { PROVIDERS, type Provider } from "../payments/refs.ts";
import { isCheckoutLink } from "./checkout-links.ts";
import { lastsAsLong, offeringProviders, type PlanFields, type ProviderRefs } from "./plan.ts";

export type PlanProblemCode =
  | "title_required"
  | "title_too_long"
  | "price_invalid"
  | "currency_invalid"
  | "days_invalid"
  | "trial_invalid"
  | "highlights_invalid"
  | "no_provider"
  | "provider_not_configured"
  | "provider_ref_required"
  | "provider_ref_invalid"
  | "checkout_link_required"
  | "checkout_link_invalid"
  | "duplicate_tier_duration"
  | "provider_price_unknown"
  | "provider_price_inactive"
  | "provider_price_differs"
  | "provider_currency_differs"
  | "provider_interval_differs";

export type PlanField = Exclude<keyof PlanFields, "refs" | "slug" | "tier"> | keyof ProviderRefs;

export interface PlanProblem {
  readonly code: PlanProblemCode;
  readonly field: PlanField;
  /** For the operator: what is wrong and what to do. */
  readonly message: string;
}

/** What the judgement depends on beside the plan. */
export interface Marketplace {
  /** The other plans that are on sale. */
  readonly onSale: readonly PlanFields[];
  /** Providers whose keys and webhook secrets are set. */
  readonly configured: readonly Provider[];
  /** Our own site is on this machine: links to this machine may be plain http. */
  readonly allowsLoopback: boolean;
}

/** What a draft may still lack; everything else would be malformed. */
const MISSING: readonly PlanProblemCode[] = [
  "title_required",
  "no_provider",
  "provider_not_configured",
  "provider_ref_required",
  "checkout_link_required",
  "duplicate_tier_duration",
];

export const PLAN_LIMITS = {
  name: 60,
  highlights: 8,
  highlight: 120,
  days: 3_650,
  trialDays: 730, // what Stripe allows
  price: 99_999_999, // what Stripe allows
  ref: 200,
} as const;

/** Everything that has to be put right before the plan can be published. Empty: it can. */
export function planProblems(plan: PlanFields, market: Marketplace): PlanProblem[] {
  return [
    ...titleProblems(plan),
    ...priceProblems(plan),
    ...durationProblems(plan),
    ...highlightProblems(plan),
    ...providerProblems(plan.refs, market),
    ...duplicateProblems(plan, market),
  ];
}

/** Whether it keeps even a draft from being saved. */
export function isMalformed({ code }: PlanProblem): boolean {
  return !MISSING.includes(code);
}

function titleProblems({ name }: PlanFields): PlanProblem[] {
  if (name.trim() === "") return [problem("title_required", "name", "Give the plan a name.")];
  if (name.length <= PLAN_LIMITS.name) return [];
  return [problem("title_too_long", "name", `At most ${PLAN_LIMITS.name} characters.`)];
}

function priceProblems({ priceAmount, currency }: PlanFields): PlanProblem[] {
  const problems: PlanProblem[] = [];
  if (!isWhole(priceAmount, 0, PLAN_LIMITS.price)) {
    problems.push(problem("price_invalid", "priceAmount", "The price is a whole number of cents."));
  }
  if (!/^[a-z]{3}$/.test(currency)) {
    const message = "The currency is three letters, such as usd.";
    problems.push(problem("currency_invalid", "currency", message));
  }
  return problems;
}

function durationProblems({ kind, trialDays }: PlanFields): PlanProblem[] {
  const problems: PlanProblem[] = [];
  if (kind.kind === "fixed" && !isWhole(kind.days, 1, PLAN_LIMITS.days)) {
    const message = `A fixed term lasts 1 to ${PLAN_LIMITS.days} whole days.`;
    problems.push(problem("days_invalid", "kind", message));
  }
  if (!isWhole(trialDays, 0, PLAN_LIMITS.trialDays)) {
    const message = `A trial lasts 0 to ${PLAN_LIMITS.trialDays} whole days.`;
    problems.push(problem("trial_invalid", "trialDays", message));
  } else if (trialDays > 0 && kind.kind === "fixed") {
    const message = "Only a plan that renews can begin with a trial.";
    problems.push(problem("trial_invalid", "trialDays", message));
  }
  return problems;
}

function highlightProblems({ highlights }: PlanFields): PlanProblem[] {
  const fits = highlights.every(
    (text) => text.trim() !== "" && text.length <= PLAN_LIMITS.highlight,
  );
  if (fits && highlights.length <= PLAN_LIMITS.highlights) return [];
  const message = `At most ${PLAN_LIMITS.highlights} highlights of at most ${PLAN_LIMITS.highlight} characters.`;
  return [problem("highlights_invalid", "highlights", message)];
}

function providerProblems(refs: ProviderRefs, market: Marketplace): PlanProblem[] {
  return [
    ...refProblem("stripePrice", refs.stripePrice, /^(?!prod_)[\w-]+$/, "price_..."),
    ...refProblem("whopPlan", refs.whopPlan, /^plan_\w+$/, "plan_..."),
    ...refProblem("sellappVariant", refs.sellappVariant, /^\d+$/, "the variant's number"),
    ...linkProblems({ ref: "whopPlan", link: "whopLink" }, refs, market),
    ...linkProblems({ ref: "sellappVariant", link: "sellappLink" }, refs, market),
    ...offerProblems(refs, market),
  ];
}

function refProblem(
  field: "stripePrice" | "whopPlan" | "sellappVariant",
  ref: string | null,
  shape: RegExp,
  form: string,
): PlanProblem[] {
  if (ref === null || (shape.test(ref) && ref.length <= PLAN_LIMITS.ref)) return [];
  return [problem("provider_ref_invalid", field, `Write it as the provider does: ${form}.`)];
}

/** A hosted checkout needs its link, and our knowing what was bought there. */
function linkProblems(
  fields: { ref: "whopPlan" | "sellappVariant"; link: "whopLink" | "sellappLink" },
  refs: ProviderRefs,
  { allowsLoopback }: Marketplace,
): PlanProblem[] {
  const link = refs[fields.link];
  const ref = refs[fields.ref];
  const problems: PlanProblem[] = [];
  if (link !== null && !isCheckoutLink(link, allowsLoopback)) {
    const message = "A checkout link begins with https:// and holds no user name or password.";
    problems.push(problem("checkout_link_invalid", fields.link, message));
  }
  if (link !== null && ref === null) {
    const message = "Without it nobody would know what was bought at this link.";
    problems.push(problem("provider_ref_required", fields.ref, message));
  }
  if (link === null && ref !== null) {
    const message = "Add the link of the hosted checkout.";
    problems.push(problem("checkout_link_required", fields.link, message));
  }
  return problems;
}

function offerProblems(refs: ProviderRefs, { configured }: Marketplace): PlanProblem[] {
  const wanted = offeringProviders(refs, PROVIDERS);
  if (wanted.length === 0) {
    const message = "Name what sells it: a Stripe price, a Whop plan or a Sell.app variant.";
    return [problem("no_provider", "stripePrice", message)];
  }
  if (offeringProviders(refs, configured).length > 0) return [];
  const message = `Set the keys and the webhook secrets of ${wanted.join(" or ")} first.`;
  return [problem("provider_not_configured", "stripePrice", message)];
}

function duplicateProblems(plan: PlanFields, { onSale }: Marketplace): PlanProblem[] {
  const twin = onSale.find(
    (other) => other.tier === plan.tier && lastsAsLong(other.kind, plan.kind),
  );
  if (twin === undefined) return [];
  const message = `${twin.name} has the same tier and duration and is on sale: archive it first.`;
  return [problem("duplicate_tier_duration", "kind", message)];
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

function problem(code: PlanProblemCode, field: PlanField, message: string): PlanProblem {
  return { code, field, message };
}
