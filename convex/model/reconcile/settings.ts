/** Which providers are asked, and how often. */
import type { Provider } from "@heliograph/domain";
import { type EnvironmentName, findEnvironment } from "../environment.ts";

export const REBUILD_WAIT_MS = 30_000; // nothing is compared with facts that are being read anew

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 60;

const KEYS = {
  stripe: "HELIOGRAPH_STRIPE_SECRET_KEY",
  whop: "HELIOGRAPH_WHOP_API_KEY",
  sellapp: "HELIOGRAPH_SELLAPP_API_KEY",
} satisfies Record<Provider, EnvironmentName>;

/** Whether there is a key to ask with. */
export function isReconcilable(provider: Provider): boolean {
  return findEnvironment(KEYS[provider]) !== undefined;
}

/** The time from one run's start to the next; null: only on demand. */
export function intervalMs(): number | null {
  const minutes = Number(findEnvironment("HELIOGRAPH_RECONCILE_MINUTES") ?? DEFAULT_MINUTES);
  if (!Number.isFinite(minutes) || minutes < 0) return DEFAULT_MINUTES * MINUTE_MS;
  return minutes === 0 ? null : minutes * MINUTE_MS;
}
