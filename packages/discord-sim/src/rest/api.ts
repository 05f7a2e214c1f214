/**
 * The REST API v10, mounted under /api and /api/v10: authentication, rate
 * limits, planned faults, then the routes. Errors leave in Discord's shape.
 *
 * [DREST1] Without a known token every route but /gateway answers 401, code 0.
 * [DREST2] Unknown routes answer 404, code 0; unknown things their own code.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { FaultScript } from "../faults/fault-script.ts";
import { actOnFaults } from "../faults/middleware.ts";
import { findBot } from "../gateway/gateway.ts";
import type { Limit } from "../ratelimits/fixed-window.ts";
import { rateLimits } from "../ratelimits/middleware.ts";
import type { RouteLimits } from "../ratelimits/route-limits.ts";
import { ApiError, refuse } from "../wire/api-error.ts";
import { apiPath } from "./api-path.ts";
import { channelRoutes } from "./channel-routes.ts";
import { gatewayRoutes, openGatewayRoutes } from "./gateway-routes.ts";
import { guildRoutes } from "./guild-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import { messageRoutes } from "./message-routes.ts";
import type { RequestLog } from "./request-log.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";
import { userRoutes } from "./user-routes.ts";

export type ApiOptions = {
  /** Routes for people who sign in, before bots are asked for their token. */
  signIn: Hono;
  parts: RestParts;
  faults: FaultScript;
  requests: RequestLog;
  routeLimits: RouteLimits;
  globalLimit: Limit | undefined;
  /** Called with what no refusal explains. */
  reportBug: (error: Error) => void;
};

const MAX_REQUEST_BYTES = 25 * 1_024 * 1_024;

export function createApi({
  signIn,
  parts,
  faults,
  requests,
  routeLimits,
  globalLimit,
  reportBug,
}: ApiOptions): Hono<RestEnv> {
  const { clock } = parts.world;
  const api = new Hono<RestEnv>();
  api.use(async function log(c, next) {
    const atMs = clock.nowMs();
    await next();
    requests.add({ method: c.req.method, path: apiPath(c.req.path), status: c.res.status, atMs });
  });
  api.use(bodyLimit({ maxSize: MAX_REQUEST_BYTES, onError: () => toResponse(refuse.tooLarge()) }));
  api.route("/", openGatewayRoutes(parts));
  api.route("/", signIn);
  api.use(async function authenticate(c, next) {
    const bot = findBot(parts.world.bots, c.req.header("authorization"));
    if (bot === undefined) throw refuse.unauthorized();
    c.set("bot", bot);
    await next();
  });
  api.use(rateLimits({ clock, limits: routeLimits, global: globalLimit }));
  api.use(actOnFaults(faults, clock));
  for (const routes of [
    gatewayRoutes,
    userRoutes,
    guildRoutes,
    memberRoutes,
    channelRoutes,
    messageRoutes,
  ]) {
    api.route("/", routes(parts));
  }
  api.all("*", () => {
    throw refuse.noRoute();
  });
  api.onError((error) => {
    if (error instanceof ApiError) return toResponse(error);
    reportBug(error);
    return toResponse(refuse.internal());
  });
  return api;
}

function toResponse(error: ApiError): Response {
  return Response.json(error.toBody(), { status: error.status });
}
