/** Guilds with their channels and roles. */
import { Hono } from "hono";
import { refuse } from "../wire/api-error.ts";
import { channelToWire, guildToWire } from "../wire/guilds.ts";
import { roleToWire } from "../wire/users.ts";
import { getGuild } from "./access.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

export function guildRoutes({ world }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .get("/guilds/:guild", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      const counts = {
        approximate_member_count: guild.members.length,
        approximate_presence_count: guild.members.length,
      };
      return c.json({
        ...guildToWire(guild),
        ...(c.req.query("with_counts") === "true" && counts),
      });
    })
    .get("/guilds/:guild/channels", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      return c.json(world.channelsOf(guild.id).map((channel) => channelToWire(world, channel)));
    })
    .get("/guilds/:guild/roles", (c) =>
      c.json(getGuild(world, c.var.bot, c.req.param("guild")).roles.map(roleToWire)),
    )
    .get("/guilds/:guild/roles/:role", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      const role = guild.roles.find(({ id }) => id === c.req.param("role"));
      if (role === undefined) throw refuse.unknownRole();
      return c.json(roleToWire(role));
    });
}
