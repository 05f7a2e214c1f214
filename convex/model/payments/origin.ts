/** Whether an authentic event is about this seller's own, real money. */
import type { Provider } from "@heliograph/domain";
import { isLive, ownAccount } from "./settings.ts";

/** Why the event is none of ours, or null. It is kept and ignored, and counts after the setting was mended. */
export function foreignCause(
  provider: Provider,
  body: string,
  isTest: boolean,
): "test_mode" | "wrong_account" | null {
  if (isTest && isLive()) return "test_mode";
  const own = ownAccount(provider);
  const sent = accountOf(provider, Object(JSON.parse(body)));
  return own !== null && sent !== null && sent !== own ? "wrong_account" : null;
}

/** Whose event the body says it is; null if it does not say. */
function accountOf(provider: Provider, body: Record<string, unknown>): string | null {
  const data = Object(body.data);
  switch (provider) {
    case "stripe":
      return idOf(body.account);
    case "whop":
      return idOf(body.company_id) ?? idOf(data.company) ?? idOf(data.company_id);
    case "sellapp":
      return idOf(body.store) ?? idOf(data.store_id) ?? idOf(data.store);
    default:
      return provider satisfies never;
  }
}

function idOf(value: unknown): string | null {
  if (typeof value === "string" && value !== "") return value;
  if (typeof value === "number") return String(value);
  return typeof value === "object" && value !== null && "id" in value ? idOf(value.id) : null;
}
