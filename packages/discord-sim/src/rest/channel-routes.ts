/** Channels: made, read, changed, removed, followed; their overwrites; typing. */
import { ChannelType, PermissionFlagsBits as P } from "discord-api-types/v10";
import { Hono } from "hono";
import { FormErrors, fieldRefusal } from "../messages/form-errors.ts";
import { refuse } from "../wire/api-error.ts";
import { channelToWire } from "../wire/channels.ts";
import {
  getGuildWith,
  getReadableChannel,
  getWritableChannel,
  requireIn,
  sendingBit,
} from "./access.ts";
import { readChannelForm } from "./channel-form.ts";
import { requireHeldBits } from "./hierarchy.ts";
import { readOverwrite } from "./permission-fields.ts";
import { readBody } from "./request-body.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";
import { changeThread } from "./thread-changes.ts";

const MAX_WEBHOOKS = 15;

export function channelRoutes(parts: RestParts): Hono<RestEnv> {
  const { world, guilds } = parts;
  return new Hono<RestEnv>()
    .get("/channels/:channel", (c) =>
      c.json(channelToWire(world, getReadableChannel(world, c.var.bot, c.req.param("channel")))),
    )
    .post("/guilds/:guild/channels", async (c) => {
      const { guild } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.ManageChannels);
      const form = readChannelForm((await readBody(c.req)).fields, world.snowflakes);
      const { name } = form;
      if (name === undefined)
        throw fieldRefusal(["name"], "BASE_TYPE_REQUIRED", "This field is required");
      return c.json(channelToWire(world, guilds.addChannel(guild, { ...form, name })), 201);
    })
    .patch("/channels/:channel", async (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      const { fields } = await readBody(c.req);
      if (channel.thread !== null) changeThread(parts, c.var.bot, channel, fields);
      else {
        requireIn(world, c.var.bot, channel, P.ManageChannels);
        const form = readChannelForm(fields, world.snowflakes);
        if (form.overwrites !== undefined) requireIn(world, c.var.bot, channel, P.ManageRoles);
        guilds.changeChannel(channel, form);
      }
      return c.json(channelToWire(world, channel));
    })
    .delete("/channels/:channel", (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      const bit = channel.thread === null ? P.ManageChannels : P.ManageThreads;
      requireIn(world, c.var.bot, channel, bit);
      const last = channelToWire(world, channel);
      if (channel.thread === null) guilds.removeChannel(channel);
      else parts.threads.remove(channel);
      return c.json(last);
    })
    .post("/channels/:channel/typing", (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      requireIn(world, c.var.bot, channel, sendingBit(channel));
      const typing = { channelId: channel.id, userId: c.var.bot.userId, atMs: world.clock.nowMs() };
      world.events.emit({ type: "typingStarted", ...typing });
      return c.body(null, 204);
    })
    .route("/", overwriteRoutes(parts))
    .route("/", followRoutes(parts));
}

function overwriteRoutes({ world, guilds }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .put("/channels/:channel/permissions/:overwrite", async (c) => {
      const { bot } = c.var;
      const channel = getWritableChannel(world, bot, c.req.param("channel"), P.ManageRoles);
      if (channel.thread !== null) throw refuse.wrongChannelType();
      const errors = new FormErrors();
      const { fields } = await readBody(c.req);
      const wanted = readOverwrite(fields, c.req.param("overwrite"), { errors, path: [] });
      errors.throwIfAny();
      const bits = BigInt(wanted.allow) | BigInt(wanted.deny);
      requireHeldBits(world.permissionsIn(channel, bot.userId), bits);
      guilds.setOverwrite(channel, wanted);
      return c.body(null, 204);
    })
    .delete("/channels/:channel/permissions/:overwrite", (c) => {
      const { bot } = c.var;
      const channel = getWritableChannel(world, bot, c.req.param("channel"), P.ManageRoles);
      const id = c.req.param("overwrite");
      if (!channel.overwrites.some((known) => known.id === id)) throw refuse.unknownOverwrite();
      guilds.removeOverwrite(channel, id);
      return c.body(null, 204);
    });
}

function followRoutes({ world, crossposts }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>().post("/channels/:channel/followers", async (c) => {
    const { bot } = c.var;
    const source = getReadableChannel(world, bot, c.req.param("channel"));
    if (source.type !== ChannelType.GuildAnnouncement) throw refuse.wrongChannelType();
    const { webhook_channel_id: targetId } = (await readBody(c.req)).fields;
    const id = typeof targetId === "string" ? targetId : "";
    const target = getWritableChannel(world, bot, id, P.ManageWebhooks);
    if (world.webhooksOf(target.id).length >= MAX_WEBHOOKS) throw refuse.tooManyWebhooks();
    const webhook = crossposts.follow(source, target, bot.userId);
    return c.json({ channel_id: source.id, webhook_id: webhook.id });
  });
}
