/** A channel itself, and typing in it. */
import { Hono } from "hono";
import { channelToWire } from "../wire/guilds.ts";
import { getReadableChannel, getWritableChannel } from "./access.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

export function channelRoutes({ world }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .get("/channels/:channel", (c) =>
      c.json(channelToWire(world, getReadableChannel(world, c.var.bot, c.req.param("channel")))),
    )
    .post("/channels/:channel/typing", (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      const typing = { channelId: channel.id, userId: c.var.bot.userId, atMs: world.clock.nowMs() };
      world.events.emit({ type: "typingStarted", ...typing });
      return c.body(null, 204);
    });
}
