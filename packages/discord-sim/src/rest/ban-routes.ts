/** Bans: set, lifted, listed. */
import { PermissionFlagsBits as P } from "discord-api-types/v10";
import { Hono } from "hono";
import type { BanRecord } from "../state/records.ts";
import { compareSnowflakes } from "../state/snowflakes.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { userToWire } from "../wire/users.ts";
import { getGuildWith } from "./access.ts";
import { requireAboveMember } from "./hierarchy.ts";
import { readLimit, readQueryId } from "./query-values.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_BANS = 1_000;

export function banRoutes({ world, members }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .get("/guilds/:guild/bans", (c) => {
      const { guild } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.BanMembers);
      const after = readQueryId("after", c.req.query("after")) ?? "0";
      const limit = readLimit(c.req.query("limit"), { fallback: MAX_BANS, max: MAX_BANS });
      const bans = [...guild.bans]
        .sort((a, b) => compareSnowflakes(a.userId, b.userId))
        .filter(({ userId }) => compareSnowflakes(userId, after) > 0);
      return c.json(bans.slice(0, limit).map((ban) => banToWire(world, ban)));
    })
    .get("/guilds/:guild/bans/:user", (c) => {
      const { guild } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.BanMembers);
      const ban = guild.bans.find(({ userId }) => userId === c.req.param("user"));
      if (ban === undefined) throw refuse.unknownBan();
      return c.json(banToWire(world, ban));
    })
    .put("/guilds/:guild/bans/:user", (c) => {
      const { guild, self } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.BanMembers);
      const userId = c.req.param("user");
      if (!world.users.has(userId)) throw refuse.unknownUser();
      const member = world.findMember(guild.id, userId);
      if (member !== undefined) requireAboveMember(guild, self, member);
      const reason = c.req.header("x-audit-log-reason");
      members.ban(guild, userId, reason === undefined ? null : decodeURIComponent(reason));
      return c.body(null, 204);
    })
    .delete("/guilds/:guild/bans/:user", (c) => {
      const { guild } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.BanMembers);
      if (!members.unban(guild, c.req.param("user"))) throw refuse.unknownBan();
      return c.body(null, 204);
    });
}

function banToWire(world: World, { userId, reason }: BanRecord) {
  return { user: userToWire(world.getUser(userId)), reason };
}
