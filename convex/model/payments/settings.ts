/**
 * What the seller has set about payments: secrets, whose events are ours, and how long a failed
 * payment is borne. Read from the deployment's environment.
 */
import { DEFAULT_GRACE_MS, type Provider } from "@heliograph/domain";
import { type EnvironmentName, findEnvironment } from "../environment.ts";

const DAY_MS = 86_400_000;

const SECRETS = {
  stripe: "HELIOGRAPH_STRIPE_WEBHOOK_SECRETS",
  whop: "HELIOGRAPH_WHOP_WEBHOOK_SECRETS",
  sellapp: "HELIOGRAPH_SELLAPP_WEBHOOK_SECRETS",
} satisfies Record<Provider, EnvironmentName>;

const ACCOUNTS = {
  stripe: "HELIOGRAPH_STRIPE_ACCOUNT",
  whop: "HELIOGRAPH_WHOP_COMPANY",
  sellapp: "HELIOGRAPH_SELLAPP_STORE",
} satisfies Record<Provider, EnvironmentName>;

/** The provider's active secrets; several while one is rotated. White space around them is no part of them. */
export function webhookSecrets(provider: Provider): string[] {
  const text = findEnvironment(SECRETS[provider]) ?? "";
  return text
    .split(",")
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "");
}

/** The account, company or store whose events are ours; null: whatever is signed with our secret. */
export function ownAccount(provider: Provider): string | null {
  return findEnvironment(ACCOUNTS[provider])?.trim() ?? null;
}

/** Whether only real money counts: said by the setting, else by the kind of Stripe key that is set. */
export function isLive(): boolean {
  const setting = findEnvironment("HELIOGRAPH_PAYMENTS_LIVE")?.trim().toLowerCase();
  if (setting !== undefined) return setting === "true" || setting === "1";
  return /^(sk|rk)_live_/.test(findEnvironment("HELIOGRAPH_STRIPE_SECRET_KEY")?.trim() ?? "");
}

/** How long a customer keeps access after a payment fails. */
export function graceMs(): number {
  const days = Number(findEnvironment("HELIOGRAPH_GRACE_DAYS") ?? Number.NaN);
  return Number.isFinite(days) && days >= 0 ? days * DAY_MS : DEFAULT_GRACE_MS;
}
