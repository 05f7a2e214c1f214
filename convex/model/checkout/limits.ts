/**
 * How often a person may ask a provider for something through us.
 *
 * [CHK6] A person begins a bounded number of checkouts an hour, and opens the portal as often.
 */
import { HOUR, RateLimiter } from "@convex-dev/rate-limiter";
import { ConvexError } from "convex/values";
import { components } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

const limiter = new RateLimiter(components.rateLimiter, {
  checkout: { kind: "token bucket", rate: 20, period: HOUR, capacity: 20 },
  portal: { kind: "token bucket", rate: 20, period: HOUR, capacity: 20 },
});

/** Counts a try. Throws `slow_down` with the time to wait. */
export async function countCheckout(
  ctx: MutationCtx,
  name: "checkout" | "portal",
  userId: Id<"users">,
): Promise<void> {
  const { ok, retryAfter } = await limiter.limit(ctx, name, { key: userId });
  if (ok) return;
  const message = "You have done this many times. Wait a few minutes.";
  throw new ConvexError({ code: "slow_down", message, retryAfterMs: Math.ceil(retryAfter) });
}
