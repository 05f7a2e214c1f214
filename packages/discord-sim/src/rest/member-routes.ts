/** Members of a guild and the roles they hold. */
import { GatewayIntentBits } from "discord-api-types/v10";
import { Hono } from "hono";
import { FormErrors } from "../messages/form-errors.ts";
import { readList, readSnowflake, readText, under } from "../messages/read-fields.ts";
import type { GuildRecord } from "../state/records.ts";
import { compareSnowflakes } from "../state/snowflakes.ts";
import { refuse } from "../wire/api-error.ts";
import { memberToWire } from "../wire/users.ts";
import { getGuild, getMember } from "./access.ts";
import { readLimit } from "./query-values.ts";
import { readBody } from "./request-body.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_MEMBERS = 1_000;
const MAX_NICK_CHARS = 32;
const MAX_ROLES = 250;

export function memberRoutes({ world, guilds }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .get("/guilds/:guild/members", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      // Discord gives the whole list only to applications with the members intent.
      if ((c.var.bot.privilegedIntents & GatewayIntentBits.GuildMembers) === 0)
        throw refuse.missingAccess();
      const after = c.req.query("after") ?? "0";
      const page = [...guild.members]
        .sort((a, b) => compareSnowflakes(a.userId, b.userId))
        .filter(({ userId }) => compareSnowflakes(userId, after) > 0)
        .slice(0, readLimit(c.req.query("limit"), { fallback: 1, max: MAX_MEMBERS }));
      return c.json(page.map((member) => memberToWire(world, member)));
    })
    .get("/guilds/:guild/members/search", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      const query = (c.req.query("query") ?? "").toLowerCase();
      const found = guild.members.filter(({ userId, nick }) =>
        [world.getUser(userId).username, nick ?? ""].some((name) =>
          name.toLowerCase().startsWith(query),
        ),
      );
      const limit = readLimit(c.req.query("limit"), { fallback: 1, max: MAX_MEMBERS });
      return c.json(found.slice(0, limit).map((member) => memberToWire(world, member)));
    })
    .get("/guilds/:guild/members/:user", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      return c.json(memberToWire(world, getMember(guild, c.req.param("user"))));
    })
    .patch("/guilds/:guild/members/:user", async (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      const member = getMember(guild, c.req.param("user"));
      const wish = readMemberChange(guild, (await readBody(c.req)).fields);
      guilds.changeMember(guild, member, wish);
      return c.json(memberToWire(world, member));
    })
    .on(["PUT", "DELETE"], "/guilds/:guild/members/:user/roles/:role", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      const member = getMember(guild, c.req.param("user"));
      const roleId = c.req.param("role");
      if (!guild.roles.some(({ id }) => id === roleId)) throw refuse.unknownRole();
      const others = member.roleIds.filter((id) => id !== roleId);
      guilds.changeMember(guild, member, {
        roleIds: c.req.method === "PUT" ? [...others, roleId] : others,
      });
      return c.body(null, 204);
    });
}

function readMemberChange(guild: GuildRecord, fields: Readonly<Record<string, unknown>>) {
  const errors = new FormErrors();
  const at = { errors, path: ["roles"] };
  const roleIds = readList(fields.roles, MAX_ROLES, at)?.flatMap(
    (id, index) => readSnowflake(id, under(at, index)) ?? [],
  );
  const nick = readText(fields.nick, MAX_NICK_CHARS, { errors, path: ["nick"] });
  errors.throwIfAny();
  if (roleIds?.some((roleId) => !guild.roles.some(({ id }) => id === roleId)))
    throw refuse.unknownRole();
  return {
    ...(roleIds !== undefined && { roleIds: [...new Set(roleIds)] }),
    ...("nick" in fields && { nick: nick === undefined || nick === "" ? null : nick }),
  };
}
