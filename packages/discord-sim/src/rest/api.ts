/**
 * The REST API v10, mounted under /api and /api/v10: bans, rate limits, planned
 * faults, routes that need no bot, authentication, then the rest. Errors leave
 * in Discord's shape.
 *
 * [DREST1] Without a known token every other route answers 401, code 0.
 * [DREST2] Unknown routes answer 404, code 0; unknown things their own code.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { FaultScript } from "../faults/fault-script.ts";
import { actOnFaults } from "../faults/middleware.ts";
import { findBot } from "../gateway/gateway.ts";
import { bearerRoutes } from "../oauth/bearer-routes.ts";
import { tokenRoutes } from "../oauth/token-routes.ts";
import type { Limit } from "../ratelimits/fixed-window.ts";
import { type InvalidRequests, refuseBanned } from "../ratelimits/invalid-requests.ts";
import { rateLimits } from "../ratelimits/middleware.ts";
import type { RouteLimits } from "../ratelimits/route-limits.ts";
import { ApiError, refuse } from "../wire/api-error.ts";
import { attachmentRefreshRoutes } from "./attachment-routes.ts";
import { banRoutes } from "./ban-routes.ts";
import { channelRoutes } from "./channel-routes.ts";
import { gatewayRoutes, openGatewayRoutes } from "./gateway-routes.ts";
import { guildRoutes } from "./guild-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import { messageRoutes } from "./message-routes.ts";
import { pinRoutes } from "./pin-routes.ts";
import { pollRoutes } from "./poll-routes.ts";
import { logRequests, type RequestLog } from "./request-log.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";
import { roleRoutes } from "./role-routes.ts";
import { threadRoutes } from "./thread-routes.ts";
import { userRoutes } from "./user-routes.ts";
import { webhookRoutes } from "./webhook-routes.ts";
import { webhookTokenRoutes } from "./webhook-token-routes.ts";

export type ApiOptions = {
  parts: RestParts;
  faults: FaultScript;
  requests: RequestLog;
  limits: {
    routes: RouteLimits;
    global: Limit | undefined;
    webhookChannel: Limit | undefined;
    invalid: InvalidRequests;
  };
  /** Called with what no refusal explains. */
  reportBug: (error: Error) => void;
};

const MAX_REQUEST_BYTES = 25 * 1_024 * 1_024;

const BOT_ROUTES = [
  gatewayRoutes,
  userRoutes,
  guildRoutes,
  roleRoutes,
  memberRoutes,
  banRoutes,
  pinRoutes, // before messages: /messages/pins is no message
  messageRoutes,
  threadRoutes,
  channelRoutes,
  pollRoutes,
  webhookRoutes,
  attachmentRefreshRoutes,
];

export function createApi({
  parts,
  faults,
  requests,
  limits,
  reportBug,
}: ApiOptions): Hono<RestEnv> {
  const { world, oauth } = parts;
  const { clock } = world;
  const api = new Hono<RestEnv>();
  api.use(logRequests(requests, clock));
  api.use(bodyLimit({ maxSize: MAX_REQUEST_BYTES, onError: () => toResponse(refuse.tooLarge()) }));
  api.use(refuseBanned(limits.invalid));
  api.use(
    rateLimits({
      clock,
      limits: limits.routes,
      global: limits.global,
      webhookChannel: limits.webhookChannel,
      channelOfWebhook: (id) => world.webhooks.get(id)?.channelId,
    }),
  );
  api.use(actOnFaults(faults, clock));
  api.route("/", openGatewayRoutes(parts));
  api.route("/", webhookTokenRoutes(parts));
  api.route(
    "/",
    tokenRoutes(oauth, () => clock.nowMs()),
  );
  api.route("/", bearerRoutes(world, oauth));
  api.use(async function authenticate(c, next) {
    const bot = findBot(world.bots, c.req.header("authorization"));
    if (bot === undefined) throw refuse.unauthorized();
    c.set("bot", bot);
    await next();
  });
  for (const routes of BOT_ROUTES) api.route("/", routes(parts));
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
