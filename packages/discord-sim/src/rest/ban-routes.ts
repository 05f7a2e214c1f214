/** Bans: set, lifted, listed. */
import { PermissionFlagsBits as P } from "discord-api-types/v10";
import { Hono } from "hono";
import { FormErrors } from "../messages/form-errors.ts";
import { readInteger } from "../messages/read-fields.ts";
import type { BanRecord } from "../state/records.ts";
import { compareSnowflakes } from "../state/snowflakes.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { userToWire } from "../wire/users.ts";
import { getGuildWith } from "./access.ts";
import { requireAboveMember } from "./hierarchy.ts";
import { readLimit, readQueryId } from "./query-values.ts";
import { readBody } from "./request-body.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_BANS = 1_000;
const MAX_DELETE_SECONDS = 604_800;

export function banRoutes({ world, members, messages }: RestParts): Hono<RestEnv> {
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
    .put("/guilds/:guild/bans/:user", async (c) => {
      const { guild, self } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.BanMembers);
      const userId = c.req.param("user");
      if (!world.users.has(userId)) throw refuse.unknownUser();
      const member = world.findMember(guild.id, userId);
      if (member !== undefined) requireAboveMember(guild, self, member);
      const { fields } = await readBody(c.req);
      const seconds = readSeconds(fields.delete_message_seconds);
      const reason = c.req.header("x-audit-log-reason");
      members.ban(guild, userId, reason === undefined ? null : decodeURIComponent(reason));
      removeRecent({ world, messages }, { guildId: guild.id, userId, seconds });
      return c.body(null, 204);
    })
    .delete("/guilds/:guild/bans/:user", (c) => {
      const { guild } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.BanMembers);
      if (!members.unban(guild, c.req.param("user"))) throw refuse.unknownBan();
      return c.body(null, 204);
    });
}

function readSeconds(value: unknown): number {
  const errors = new FormErrors();
  const path = ["delete_message_seconds"];
  const seconds = readInteger(value, MAX_DELETE_SECONDS, { errors, path }) ?? 0;
  errors.throwIfAny();
  return seconds;
}

/** Deletes what they wrote in that time, told channel by channel. */
function removeRecent(
  { world, messages }: Pick<RestParts, "world" | "messages">,
  { guildId, userId, seconds }: { guildId: string; userId: string; seconds: number },
): void {
  const sinceMs = world.clock.nowMs() - seconds * 1_000;
  for (const channel of world.channels.values()) {
    if (channel.guildId !== guildId || seconds === 0) continue;
    const recent = world
      .log(channel.id)
      .all()
      .filter(({ authorId, createdAtMs }) => authorId === userId && createdAtMs >= sinceMs);
    messages.removeMany(
      channel.id,
      recent.map(({ id }) => id),
    );
  }
}

function banToWire(world: World, { userId, reason }: BanRecord) {
  return { user: userToWire(world.getUser(userId)), reason };
}
