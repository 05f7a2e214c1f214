/** What decides beside a plan itself whether it can be sold: our set-up, and the other plans. */
import { isLoopback, type Marketplace, PROVIDERS, type Provider } from "@heliograph/domain";
import type { Doc } from "../../_generated/dataModel.js";
import { type EnvironmentName, findEnvironment } from "../environment.ts";

/** Without its webhook secrets we would never hear that somebody has paid. */
const NEEDED: Record<Provider, readonly EnvironmentName[]> = {
  stripe: ["HELIOGRAPH_STRIPE_SECRET_KEY", "HELIOGRAPH_STRIPE_WEBHOOK_SECRETS"],
  whop: ["HELIOGRAPH_WHOP_WEBHOOK_SECRETS"],
  sellapp: ["HELIOGRAPH_SELLAPP_WEBHOOK_SECRETS"],
};

/** The providers that are set up. */
export function configuredProviders(): Provider[] {
  return PROVIDERS.filter((provider) =>
    NEEDED[provider].every((name) => findEnvironment(name) !== undefined),
  );
}

/** The market as one plan sees it; `onSale` may hold the plan itself. */
export function marketFor(
  plan: { readonly _id: Doc<"plans">["_id"] } | null,
  onSale: readonly Doc<"plans">[],
): Marketplace {
  return {
    onSale: onSale.filter(({ _id }) => _id !== plan?._id),
    configured: configuredProviders(),
    allowsLoopback: isLoopback(findEnvironment("SITE_URL") ?? ""),
  };
}
