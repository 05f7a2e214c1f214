/** Users and the bot itself. */
import { GatewayIntentBits } from "discord-api-types/v10";
import { Hono } from "hono";
import { basePermissions } from "../state/permissions.ts";
import type { BotRecord, GuildRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { ownUserToWire, userToWire } from "../wire/users.ts";
import { getGuild } from "./access.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

export function userRoutes({ world, members }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .get("/users/@me", (c) =>
      c.json(ownUserToWire(world.getUser(c.var.bot.userId), { email: false })),
    )
    .get("/users/@me/guilds", (c) => c.json(ownGuilds(world, c.var.bot)))
    .delete("/users/@me/guilds/:guild", (c) => {
      members.remove(getGuild(world, c.var.bot, c.req.param("guild")), c.var.bot.userId);
      return c.body(null, 204);
    })
    .get("/users/:user", (c) => {
      const user = world.users.get(c.req.param("user"));
      if (user === undefined) throw refuse.unknownUser();
      return c.json(userToWire(user));
    })
    .get("/applications/@me", (c) => c.json(application(world, c.var.bot)))
    .get("/oauth2/applications/@me", (c) => c.json(application(world, c.var.bot)));
}

function ownGuilds(world: World, bot: BotRecord) {
  return world.guildsOf(bot.userId).map((guild) => ({
    id: guild.id,
    name: guild.name,
    icon: null,
    banner: null,
    owner: guild.ownerId === bot.userId,
    permissions: ownPermissions(guild, bot.userId),
    features: [],
  }));
}

/** Which privileged intents are switched on, as the application's flags say it. */
function applicationFlags({ privilegedIntents }: BotRecord): number {
  const flags: [number, number][] = [
    [GatewayIntentBits.GuildPresences, 1 << 13],
    [GatewayIntentBits.GuildMembers, 1 << 15],
    [GatewayIntentBits.MessageContent, 1 << 19],
  ];
  return flags.reduce(
    (sum, [intent, flag]) => ((privilegedIntents & intent) === 0 ? sum : sum | flag),
    0,
  );
}

function ownPermissions(guild: GuildRecord, userId: string): string {
  const self = guild.members.find((member) => member.userId === userId);
  return (self === undefined ? 0n : basePermissions(guild, self)).toString();
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
    flags: applicationFlags(bot),
    bot: userToWire(world.getUser(bot.userId)),
    redirect_uris: world.applications.get(bot.userId)?.redirectUris ?? [],
    approximate_guild_count: world.guildsOf(bot.userId).length,
  };
}
