/** Members of a guild and the roles they hold. */
import { GatewayIntentBits, PermissionFlagsBits as P } from "discord-api-types/v10";
import { Hono } from "hono";
import type { BotRecord, GuildRecord, MemberRecord } from "../state/records.ts";
import { compareSnowflakes } from "../state/snowflakes.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { memberToWire } from "../wire/users.ts";
import { getGuild, getGuildWith, getMember } from "./access.ts";
import { getAssignableRole, requireAboveMember } from "./hierarchy.ts";
import { type MemberForm, readMemberForm } from "./member-form.ts";
import { readLimit, readQueryId } from "./query-values.ts";
import { readBody } from "./request-body.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_MEMBERS = 1_000;

export function memberRoutes(parts: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>().route("/", memberReads(parts)).route("/", memberChanges(parts));
}

function memberReads({ world }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .get("/guilds/:guild/members", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      // Discord gives the whole list only to applications with the members intent.
      if ((c.var.bot.privilegedIntents & GatewayIntentBits.GuildMembers) === 0)
        throw refuse.missingAccess();
      const after = readQueryId("after", c.req.query("after")) ?? "0";
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
    });
}

function memberChanges({ world, members }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .put("/guilds/:guild/members/:user", async (c) => {
      const { guild, self } = getGuildWith(
        world,
        c.var.bot,
        c.req.param("guild"),
        P.CreateInstantInvite,
      );
      const { fields } = await readBody(c.req);
      const userId = c.req.param("user");
      requireConsent(world, c.var.bot, userId, fields.access_token);
      if (guild.bans.some((ban) => ban.userId === userId)) throw refuse.banned();
      if (world.findMember(guild.id, userId) !== undefined) return c.body(null, 204);
      const { roleIds = [], nick = null } = readMemberForm(fields);
      if (roleIds.length > 0) getGuildWith(world, c.var.bot, guild.id, P.ManageRoles);
      if (nick !== null) getGuildWith(world, c.var.bot, guild.id, P.ManageNicknames);
      for (const id of roleIds) getAssignableRole(guild, self, id);
      // Whoever is given a role need not pass the screening.
      const pending = guild.screening && roleIds.length === 0;
      return c.json(
        memberToWire(world, members.add(guild, userId, { roleIds, nick, pending })),
        201,
      );
    })
    .patch("/guilds/:guild/members/:user", async (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      const { fields } = await readBody(c.req);
      const userId = c.req.param("user") === "@me" ? c.var.bot.userId : c.req.param("user");
      const member = getMember(guild, userId);
      const form = readMemberForm(fields);
      checkChange(world, c.var.bot, guild, { member, form });
      members.change(guild, member, form);
      return c.json(memberToWire(world, member));
    })
    .delete("/guilds/:guild/members/:user", (c) => {
      const { guild, self } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.KickMembers);
      const member = getMember(guild, c.req.param("user"));
      requireAboveMember(guild, self, member);
      members.remove(guild, member.userId);
      return c.body(null, 204);
    })
    .on(["PUT", "DELETE"], "/guilds/:guild/members/:user/roles/:role", (c) => {
      const { guild, self } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.ManageRoles);
      const member = getMember(guild, c.req.param("user"));
      const { id } = getAssignableRole(guild, self, c.req.param("role"));
      const held = member.roleIds.includes(id);
      if (c.req.method === "PUT" && !held)
        members.change(guild, member, { roleIds: [...member.roleIds, id] });
      if (c.req.method === "DELETE" && held)
        members.change(guild, member, { roleIds: member.roleIds.filter((other) => other !== id) });
      return c.body(null, 204);
    });
}

/** The token is that user's, for this application, and covers joining servers. */
function requireConsent(world: World, bot: BotRecord, userId: string, token: unknown): void {
  const grant = world.grants.get(typeof token === "string" ? token : "");
  const fits =
    grant !== undefined &&
    grant.userId === userId &&
    world.applications.get(grant.clientId)?.botId === bot.userId &&
    grant.expiresAtMs > world.clock.nowMs() &&
    grant.scopes.includes("guilds.join");
  if (!fits) throw refuse.invalidOAuthToken();
}

/** Only the roles that come or go are looked at; those that stay may be above the bot. */
function checkChange(
  world: World,
  bot: BotRecord,
  guild: GuildRecord,
  { member, form }: { member: MemberRecord; form: MemberForm },
): void {
  if (form.roleIds !== undefined) {
    const { self } = getGuildWith(world, bot, guild.id, P.ManageRoles);
    const wanted = new Set(form.roleIds);
    const gone = member.roleIds.filter((id) => !wanted.has(id));
    const come = form.roleIds.filter((id) => !member.roleIds.includes(id));
    for (const id of [...gone, ...come]) getAssignableRole(guild, self, id);
  }
  if (form.nick === undefined) return;
  const own = member.userId === bot.userId;
  const bit = own ? P.ChangeNickname : P.ManageNicknames;
  const { self } = getGuildWith(world, bot, guild.id, bit);
  if (!own) requireAboveMember(guild, self, member);
}
