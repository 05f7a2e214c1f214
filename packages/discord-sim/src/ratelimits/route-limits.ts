/**
 * Which bucket a request counts against, and how large the buckets are.
 *
 * Discord publishes no numbers and tells clients to read the headers; these are
 * the ones commonly observed. A caller may set others to test with.
 *
 * [DRL5] Webhooks have a bucket each, by id and token.
 * [DRL6] Edits of messages older than an hour have a bucket of their own, refused with 30046.
 * [DRL7] Deletes of messages older than two weeks have a bucket of their own.
 */
import { createHash } from "node:crypto";
import { matchRoute, type RoutePattern, routePattern } from "../rest/route-pattern.ts";
import { snowflakeTimeMs } from "../state/snowflakes.ts";
import type { Limit } from "./fixed-window.ts";

export const GLOBAL_LIMIT: Limit = { limit: 50, perMs: 1_000 };

const SECOND = 1_000;
const HOUR_MS = 3_600_000;
const TWO_WEEKS_MS = 14 * 24 * HOUR_MS;
const TOO_MANY_OLD_EDITS = 30_046;

const DEFAULT_LIMITS = {
  "POST /channels/:id/messages": { limit: 5, perMs: 5 * SECOND },
  "PATCH /channels/:id/messages/:message": { limit: 5, perMs: 5 * SECOND },
  "DELETE /channels/:id/messages/:message": { limit: 5, perMs: SECOND },
  "POST /channels/:id/messages/bulk-delete": { limit: 1, perMs: 3 * SECOND },
  "GET /channels/:id/messages": { limit: 5, perMs: SECOND },
  "POST /channels/:id/typing": { limit: 5, perMs: 5 * SECOND },
  "POST /channels/:id/messages/:message/crosspost": { limit: 10, perMs: HOUR_MS },
  "PATCH /channels/:id": { limit: 5, perMs: 15 * SECOND },
  "PUT /guilds/:id/members/:user": { limit: 10, perMs: 10 * SECOND },
  "PUT /guilds/:id/members/:user/roles/:role": { limit: 10, perMs: 10 * SECOND },
  "DELETE /guilds/:id/members/:user/roles/:role": { limit: 10, perMs: 10 * SECOND },
  "PATCH /guilds/:id/members/:user": { limit: 10, perMs: 10 * SECOND },
  "POST /webhooks/:id/:token": { limit: 5, perMs: 2 * SECOND },
  "PATCH /webhooks/:id/:token/messages/:message": { limit: 5, perMs: 2 * SECOND },
  "DELETE /webhooks/:id/:token/messages/:message": { limit: 5, perMs: 2 * SECOND },
} satisfies Record<string, Limit>;

/** Routes that change with the age of the message they name; the names work as routes in overrides. */
const OLD_EDIT = "PATCH /channels/:id/messages/:old";
const OLD_DELETE = "DELETE /channels/:id/messages/:old";
const AGED_LIMITS = {
  [OLD_EDIT]: { limit: 3, perMs: 6 * SECOND },
  [OLD_DELETE]: { limit: 30, perMs: 120 * SECOND },
};

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
  /** What a refusal carries beside the message. */
  code: number | undefined;
};

type Rule = { route: string; pattern: RoutePattern; limit: Limit };

/** Gives the bucket of each request. */
export function bucketFinder(
  overrides: RouteLimits,
): (method: string, path: string, nowMs: number) => Bucket {
  const limits: RouteLimits = { ...DEFAULT_LIMITS, ...AGED_LIMITS, ...overrides };
  const rules = Object.entries(limits)
    .filter(([route]) => !(route in AGED_LIMITS))
    .map(([route, limit]): Rule => ({ route, pattern: routePattern(route), limit }));
  return (method, path, nowMs) => {
    const majorId = majorOf(path);
    const aged = agedRoute(method, path, nowMs);
    const rule = rules.find(({ pattern }) => matchRoute(pattern, method, path));
    const route = aged ?? rule?.route ?? `${method} ${plain(path)}`;
    const limit = limits[route] ?? OTHERWISE;
    const code = aged === OLD_EDIT ? TOO_MANY_OLD_EDITS : undefined;
    return { hash: bucketHash(route), majorId, limit, code };
  };
}

function agedRoute(method: string, path: string, nowMs: number): string | undefined {
  const messageId = /^\/channels\/\d+\/messages\/(\d{15,20})$/.exec(path)?.[1];
  if (messageId === undefined) return undefined;
  const ageMs = nowMs - snowflakeTimeMs(messageId);
  if (method === "PATCH" && ageMs > HOUR_MS) return OLD_EDIT;
  return method === "DELETE" && ageMs > TWO_WEEKS_MS ? OLD_DELETE : undefined;
}

function majorOf(path: string): string {
  const webhook = /^\/webhooks\/(\d+\/[^/]+)/.exec(path)?.[1];
  return webhook ?? /^\/(?:channels|guilds|webhooks)\/(\d+)/.exec(path)?.[1] ?? "";
}

/** Ids and tokens taken out. */
function plain(path: string): string {
  return path.replace(/^(\/webhooks\/\d+)\/[^/]+/, "$1/:token").replace(/\d{5,}/g, ":id");
}

function bucketHash(route: string): string {
  return createHash("sha256").update(route).digest("hex").slice(0, 32);
}
