/** Pins, at the addresses of 2025 and the older ones that clients still use. */
import { PermissionFlagsBits as P } from "discord-api-types/v10";
import { type Context, Hono } from "hono";
import { messageToWire } from "../wire/messages.ts";
import { getMessage, getReadableChannel, getWritableChannel, viewFor } from "./access.ts";
import { readLimit } from "./query-values.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_PAGE = 50;

export function pinRoutes({ world, messages, baseUrl }: RestParts): Hono<RestEnv> {
  const list = (c: Context<RestEnv>) => {
    const channel = getReadableChannel(world, c.var.bot, c.req.param("channel"));
    const view = viewFor(world, baseUrl(), c.var.bot);
    return messages
      .pins(channel.id)
      .map((message) => ({ message, shown: messageToWire(view, message) }));
  };
  const change = (c: Context<RestEnv>) => {
    const { bot } = c.var;
    const channel = getWritableChannel(world, bot, c.req.param("channel"), P.PinMessages);
    const message = getMessage(world, channel, c.req.param("message"));
    const pin = c.req.method === "PUT";
    if ((message.pinnedAtMs !== null) !== pin) messages.pin(message, pin ? bot.userId : null);
    return c.body(null, 204);
  };
  return new Hono<RestEnv>()
    .get("/channels/:channel/pins", (c) => c.json(list(c).map(({ shown }) => shown)))
    .get("/channels/:channel/messages/pins", (c) => {
      const before = Date.parse(c.req.query("before") ?? "") || Number.POSITIVE_INFINITY;
      const pins = list(c).filter(({ message }) => (message.pinnedAtMs ?? 0) < before);
      const page = pins.slice(0, readLimit(c.req.query("limit"), { fallback: 50, max: MAX_PAGE }));
      const items = page.map(({ message, shown }) => ({
        pinned_at: new Date(message.pinnedAtMs ?? 0).toISOString(),
        message: shown,
      }));
      return c.json({ items, has_more: page.length < pins.length });
    })
    .on(["PUT", "DELETE"], "/channels/:channel/pins/:message", change)
    .on(["PUT", "DELETE"], "/channels/:channel/messages/pins/:message", change);
}
