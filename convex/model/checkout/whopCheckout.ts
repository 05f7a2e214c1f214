/**
 * Whop's checkout configurations: a link of one buyer's own, with our user id as metadata and the way back. It
 * is the documented way; without an API key the plan's plain link has to do, with the id in its address.
 */
import { USER_ID_FIELD } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import { findEnvironment, getEnvironment } from "../environment.ts";

const WHOP_API = "https://api.whop.com/api/v1";
const TIMEOUT_MS = 15_000;

export interface WhopWish {
  readonly plan: string;
  readonly userId: string;
  readonly checkoutId: string;
  readonly returnUrl: string;
}

/** Whether configurations can be made. */
export function hasWhopApi(): boolean {
  return findEnvironment("HELIOGRAPH_WHOP_API_KEY") !== undefined;
}

/** Makes one. Each call makes another; only the last one is shown to the buyer. Throws as Stripe's calls do. */
export async function makeWhopCheckout(
  wish: WhopWish,
): Promise<{ sessionRef: string; url: string }> {
  const response = await ask({
    plan_id: wish.plan,
    redirect_url: wish.returnUrl,
    metadata: { [USER_ID_FIELD]: wish.userId, heliograph_checkout_id: wish.checkoutId },
  });
  if (response.status === 429 || response.status >= 500) throw unreachable();
  const answer: unknown = response.ok ? await response.json() : null;
  const { id, purchase_url: url } = Object(answer);
  if (typeof id === "string" && typeof url === "string") return { sessionRef: id, url };
  throw new ConvexError({
    code: "provider_refused",
    message: "Whop did not accept this. Nothing was charged; tell us if it stays so.",
  });
}

async function ask(body: object): Promise<Response> {
  const api = (findEnvironment("HELIOGRAPH_WHOP_API_URL") ?? WHOP_API).replace(/\/+$/, "");
  const authorization = `Bearer ${getEnvironment("HELIOGRAPH_WHOP_API_KEY")}`;
  try {
    return await fetch(`${api}/checkout_configurations`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw unreachable();
  }
}

function unreachable(): ConvexError<{ code: string; message: string }> {
  return new ConvexError({
    code: "provider_unreachable",
    message: "Whop could not be reached. Nothing was charged; try again.",
  });
}
