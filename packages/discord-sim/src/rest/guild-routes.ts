/** Guilds with their channels and stickers. */
import { Hono } from "hono";
import { refuse } from "../wire/api-error.ts";
import { channelToWire } from "../wire/channels.ts";
import { guildToWire, stickerToWire } from "../wire/guilds.ts";
import { getGuild } from "./access.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

export function guildRoutes({ world }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .get("/guilds/:guild", (c) => {
      const guild = world.guilds.get(c.req.param("guild"));
      // Whether it exists is told to its members only.
      const joined = guild?.members.some(({ userId }) => userId === c.var.bot.userId) ?? false;
      if (guild === undefined || !joined) throw refuse.unknownGuild();
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
    .get("/guilds/:guild/stickers", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      return c.json(guild.stickers.map((sticker) => stickerToWire(guild.id, sticker)));
    })
    .get("/stickers/:sticker", (c) => {
      for (const guild of world.guilds.values()) {
        const sticker = guild.stickers.find(({ id }) => id === c.req.param("sticker"));
        if (sticker !== undefined) return c.json(stickerToWire(guild.id, sticker));
      }
      throw refuse.unknownSticker();
    });
}
