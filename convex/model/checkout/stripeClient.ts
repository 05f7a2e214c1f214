/** Stripe through its official library, and its failures in our words. */
import { ConvexError } from "convex/values";
import Stripe from "stripe";
import { findEnvironment, getEnvironment } from "../environment.ts";

const TIMEOUT_MS = 15_000;
const RETRIES = 2; // by the library, with the same idempotency key

/** Throws `not_configured` without a key, and on an address that is none. */
export function stripeClient(): Stripe {
  const key = getEnvironment("HELIOGRAPH_STRIPE_SECRET_KEY");
  return new Stripe(key, {
    httpClient: Stripe.createFetchHttpClient(),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES,
    telemetry: false,
    ...hostOf(findEnvironment("HELIOGRAPH_STRIPE_API_URL")),
  });
}

/** The code that names a failure of Stripe's to the operator; null for an error of ours. */
export function stripeProblem(error: unknown): string | null {
  return error instanceof Stripe.errors.StripeError ? (error.code ?? error.type) : null;
}

/** What the customer is told. What Stripe said is for the operator: it may name keys and prices. */
export function stripeRefusal(error: unknown): ConvexError<{ code: string; message: string }> {
  const isAway =
    error instanceof Stripe.errors.StripeConnectionError ||
    error instanceof Stripe.errors.StripeAPIError ||
    error instanceof Stripe.errors.StripeRateLimitError;
  return isAway
    ? new ConvexError({
        code: "provider_unreachable",
        message: "Stripe could not be reached. Nothing was charged; try again.",
      })
    : new ConvexError({
        code: "provider_refused",
        message: "Stripe did not accept this. Nothing was charged; tell us if it stays so.",
      });
}

function hostOf(
  address: string | undefined,
): Pick<Stripe.StripeConfig, "host" | "port" | "protocol"> {
  if (address === undefined) return {};
  const { hostname, port, protocol } = readAddress(address);
  const scheme = protocol === "http:" ? "http" : "https";
  return {
    host: hostname,
    port: port === "" ? { http: 80, https: 443 }[scheme] : Number(port),
    protocol: scheme,
  };
}

function readAddress(address: string): URL {
  try {
    return new URL(address);
  } catch {
    const message = "HELIOGRAPH_STRIPE_API_URL is no address.";
    throw new ConvexError({ code: "not_configured", message });
  }
}
