/** GET /gateway and /gateway/bot: where to connect. */
import { Hono } from "hono";
import type { OpenEnv, RestEnv, RestParts } from "./rest-env.ts";

/** Known without a token. */
export function openGatewayRoutes({ baseUrl }: RestParts): Hono<OpenEnv> {
  return new Hono<OpenEnv>().get("/gateway", (c) => c.json({ url: gatewayUrl(baseUrl()) }));
}

export function gatewayRoutes({ baseUrl, gateway }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>().get("/gateway/bot", (c) =>
    c.json({
      url: gatewayUrl(baseUrl()),
      shards: gateway.recommendedShards(c.var.bot.userId),
      session_start_limit: gateway.sessionStartLimit(c.var.bot.token),
    }),
  );
}

function gatewayUrl(baseUrl: string): string {
  return baseUrl.replace(/^http/, "ws");
}
