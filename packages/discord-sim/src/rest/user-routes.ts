/** Users and the bot itself. */
import { type APIUser, PermissionFlagsBits, type UserFlags } from "discord-api-types/v10";
import { Hono } from "hono";
import type { BotRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { userToWire } from "../wire/users.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

export function userRoutes({ world }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .get("/users/@me", (c) => c.json(ownUser(world, c.var.bot)))
    .get("/users/@me/guilds", (c) => c.json(ownGuilds(world, c.var.bot)))
    .get("/users/:user", (c) => {
      const user = world.users.get(c.req.param("user"));
      if (user === undefined) throw refuse.unknownUser();
      return c.json(userToWire(user));
    })
    .get("/applications/@me", (c) => c.json(application(world, c.var.bot)))
    .get("/oauth2/applications/@me", (c) => c.json(application(world, c.var.bot)));
}

function ownUser(world: World, bot: BotRecord): APIUser {
  return {
    ...userToWire(world.getUser(bot.userId)),
    verified: true,
    mfa_enabled: true,
    email: null,
    flags: 0 as UserFlags,
  };
}

function ownGuilds(world: World, bot: BotRecord) {
  return world.guildsOf(bot.userId).map((guild) => ({
    id: guild.id,
    name: guild.name,
    icon: null,
    banner: null,
    owner: guild.ownerId === bot.userId,
    permissions: PermissionFlagsBits.Administrator.toString(),
    features: [],
  }));
}

function application(world: World, bot: BotRecord) {
  const { username } = world.getUser(bot.userId);
  return {
    id: bot.userId,
    name: username,
    icon: null,
    description: "",
    summary: "",
    bot_public: false,
    bot_require_code_grant: false,
    verify_key: "",
    team: null,
    flags: 0,
    bot: ownUser(world, bot),
  };
}
