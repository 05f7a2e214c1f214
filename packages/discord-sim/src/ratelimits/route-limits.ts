/**
 * Which bucket a request counts against, and how large the buckets are.
 *
 * Discord publishes no numbers and tells clients to read the headers; these are
 * the ones commonly observed. A caller may set others to test with.
 */
import { createHash } from "node:crypto";
import { matchRoute, type RoutePattern, routePattern } from "../rest/route-pattern.ts";
import type { Limit } from "./fixed-window.ts";

export const GLOBAL_LIMIT: Limit = { limit: 50, perMs: 1_000 };

const SECOND = 1_000;

const DEFAULT_LIMITS = {
  "POST /channels/:id/messages": { limit: 5, perMs: 5 * SECOND },
  "PATCH /channels/:id/messages/:message": { limit: 5, perMs: 5 * SECOND },
  "DELETE /channels/:id/messages/:message": { limit: 5, perMs: SECOND },
  "POST /channels/:id/messages/bulk-delete": { limit: 1, perMs: 3 * SECOND },
  "GET /channels/:id/messages": { limit: 5, perMs: SECOND },
  "POST /channels/:id/typing": { limit: 5, perMs: 5 * SECOND },
  "PUT /guilds/:id/members/:user/roles/:role": { limit: 10, perMs: 10 * SECOND },
  "DELETE /guilds/:id/members/:user/roles/:role": { limit: 10, perMs: 10 * SECOND },
  "PATCH /guilds/:id/members/:user": { limit: 10, perMs: 10 * SECOND },
} satisfies Record<string, Limit>;

/** Any other route: never tighter than the global limit. */
const OTHERWISE: Limit = { limit: 50, perMs: SECOND };

/** Limits by route, as `"POST /channels/:id/messages": { limit, perMs }`. */
export type RouteLimits = Record<string, Limit>;

export type Bucket = {
  /** What X-RateLimit-Bucket says: the same for all ids on one route. */
  hash: string;
  /** The id that has a bucket of its own. */
  majorId: string;
  limit: Limit;
};

type Rule = { route: string; pattern: RoutePattern; limit: Limit };

/** Gives the bucket of each request. */
export function bucketFinder(overrides: RouteLimits): (method: string, path: string) => Bucket {
  const rules = Object.entries<Limit>({ ...DEFAULT_LIMITS, ...overrides }).map(
    ([route, limit]): Rule => ({ route, pattern: routePattern(route), limit }),
  );
  return (method, path) => {
    const rule = rules.find(({ pattern }) => matchRoute(pattern, method, path));
    const route = rule?.route ?? `${method} ${path.replace(/\d{5,}/g, ":id")}`;
    const majorId = /^\/(?:channels|guilds|webhooks)\/(\d+)/.exec(path)?.[1] ?? "";
    return { hash: bucketHash(route), majorId, limit: rule?.limit ?? OTHERWISE };
  };
}

function bucketHash(route: string): string {
  return createHash("sha256").update(route).digest("hex").slice(0, 32);
}
