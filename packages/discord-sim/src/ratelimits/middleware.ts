/**
 * Holds REST requests to the buckets and says so in the headers.
 *
 * [DRL1] The sixth post to a channel within 5 s answers 429 with Retry-After.
 * [DRL2] Each answer carries X-RateLimit-Limit, -Remaining, -Reset, -Reset-After, -Bucket.
 * [DRL3] More than 50 requests a second of one token answer 429 with global scope; without a token an address counts.
 * [DRL8] All webhooks of a channel together post 30 times a minute; no header tells of it until it is refused.
 */
import type { MiddlewareHandler } from "hono";
import type { Clock } from "../clock.ts";
import { apiPath } from "../rest/api-path.ts";
import { FixedWindows, type Limit, type Standing } from "./fixed-window.ts";
import { type Bucket, bucketFinder, GLOBAL_LIMIT, type RouteLimits } from "./route-limits.ts";

export type RateLimitOptions = {
  clock: Clock;
  limits: RouteLimits;
  global?: Limit | undefined;
  webhookChannel?: Limit | undefined;
  /** The channel a webhook posts to. */
  channelOfWebhook(webhookId: string): string | undefined;
};

export const WEBHOOK_CHANNEL_LIMIT: Limit = { limit: 30, perMs: 60_000 };

export function rateLimits({
  clock,
  limits,
  global = GLOBAL_LIMIT,
  webhookChannel = WEBHOOK_CHANNEL_LIMIT,
  channelOfWebhook,
}: RateLimitOptions): MiddlewareHandler {
  const windows = new FixedWindows(clock);
  const bucketOf = bucketFinder(limits);
  const takeHidden = (method: string, path: string): Standing | undefined => {
    const webhookId = method === "POST" ? /^\/webhooks\/(\d+)\/[^/]+$/.exec(path)?.[1] : undefined;
    const channelId = webhookId === undefined ? undefined : channelOfWebhook(webhookId);
    return channelId === undefined
      ? undefined
      : windows.take(`webhooks of ${channelId}`, webhookChannel);
  };
  return async function rateLimit(c, next) {
    const caller = c.req.header("authorization") ?? "";
    const path = apiPath(c.req.path);
    const overall = windows.take(`global ${caller}`, global);
    if (!overall.allowed)
      return tooMany(overall, { "X-RateLimit-Global": "true", "X-RateLimit-Scope": "global" });
    const bucket = bucketOf(c.req.method, path, clock.nowMs());
    const standing = windows.take(`${caller} ${bucket.hash} ${bucket.majorId}`, bucket.limit);
    const headers = standingHeaders(standing, bucket, clock.nowMs());
    if (!standing.allowed)
      return tooMany(standing, { ...headers, "X-RateLimit-Scope": "user" }, bucket.code);
    const hidden = takeHidden(c.req.method, path);
    if (hidden?.allowed === false)
      return tooMany(hidden, { ...headers, "X-RateLimit-Scope": "shared" });
    await next();
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    return undefined;
  };
}

function standingHeaders(
  standing: Standing,
  bucket: Bucket,
  nowMs: number,
): Record<string, string> {
  return {
    "X-RateLimit-Limit": String(standing.limit),
    "X-RateLimit-Remaining": String(standing.remaining),
    "X-RateLimit-Reset": ((nowMs + standing.resetAfterMs) / 1_000).toFixed(3),
    "X-RateLimit-Reset-After": (standing.resetAfterMs / 1_000).toFixed(3),
    "X-RateLimit-Bucket": bucket.hash,
  };
}

/** The header is in whole seconds, rounded up; the body is exact. */
function tooMany(
  { resetAfterMs }: Standing,
  headers: Record<string, string>,
  code?: number,
): Response {
  const body = {
    message: "You are being rate limited.",
    retry_after: resetAfterMs / 1_000,
    global: "X-RateLimit-Global" in headers,
    ...(code !== undefined && { code }),
  };
  const retryAfter = String(Math.ceil(resetAfterMs / 1_000));
  return Response.json(body, { status: 429, headers: { ...headers, "Retry-After": retryAfter } });
}
