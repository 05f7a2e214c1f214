/** What anybody may know of a plan: not what it is called elsewhere. */
import { offeringProviders } from "@heliograph/domain";
import type { Infer } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import { configuredProviders } from "./market.ts";
import type { vOffer } from "./validators.ts";

export function toOffer(plan: Doc<"plans">): Infer<typeof vOffer> {
  const {
    _id: planId,
    slug,
    tier,
    name,
    kind,
    priceAmount,
    currency,
    trialDays,
    highlights,
  } = plan;
  const providers = offeringProviders(plan.refs, configuredProviders());
  return {
    planId,
    slug,
    tier,
    name,
    kind,
    priceAmount,
    currency,
    trialDays,
    highlights,
    providers,
  };
}
