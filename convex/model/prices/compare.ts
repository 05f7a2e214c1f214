/** Comparing plans with what their providers ask for. For actions: it speaks to the providers. */
import { comparePrice, type PlanFields, type PricingProvider } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import { isReconcilable } from "../reconcile/settings.ts";
import { readProblem } from "../reconcile/truth/problems.ts";
import { askPrice } from "./atProvider.ts";
import type { Comparison } from "./findings.ts";

const REFS = { stripe: "stripePrice", whop: "whopPlan" } as const;

/** The providers whose price of this plan can be asked for. Sell.app's cannot: no documented call tells it. */
export function comparable({ refs }: Pick<PlanFields, "refs">): PricingProvider[] {
  const priced = ["stripe", "whop"] as const;
  return priced.filter((provider) => refs[REFS[provider]] !== null && isReconcilable(provider));
}

/** One plan at one provider. Throws `price_not_readable` if the provider could not be asked. */
export async function compareAt(
  plan: Pick<PlanFields, "kind" | "priceAmount" | "currency" | "refs">,
  provider: PricingProvider,
): Promise<Comparison> {
  const ref = plan.refs[REFS[provider]] ?? "";
  try {
    const problems = comparePrice(plan, provider, await askPrice(provider, ref));
    return { provider, problems: problems.map((problem) => ({ ...problem })) };
  } catch (error) {
    const problem = readProblem(error);
    if (problem === null) throw error;
    const message = `${provider} could not be asked what ${ref} costs (${problem.code}). Nothing was changed; try again.`;
    throw new ConvexError({ code: "price_not_readable", message });
  }
}
