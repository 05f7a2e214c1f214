/**
 * Webhooks as a bot manages them.
 *
 * [DWEB1] Making, reading, changing and removing webhooks takes the right to manage them.
 * [DWEB2] A channel has at most 15 (30007), a guild 1,000 (30058).
 */
import { PermissionFlagsBits as P } from "discord-api-types/v10";
import { Hono } from "hono";
import { fieldRefusal } from "../messages/form-errors.ts";
import type { BotRecord, WebhookRecord } from "../state/records.ts";
import { refuse } from "../wire/api-error.ts";
import { webhookToWire } from "../wire/webhooks.ts";
import { getGuildWith, getWritableChannel } from "./access.ts";
import { readBody } from "./request-body.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";
import { readWebhookForm } from "./webhook-form.ts";

const MAX_PER_CHANNEL = 15;
const MAX_PER_GUILD = 1_000;

export function webhookRoutes(parts: RestParts): Hono<RestEnv> {
  const { world, webhooks } = parts;
  const show = (bot: BotRecord, webhook: WebhookRecord) =>
    webhookToWire({ world, baseUrl: parts.baseUrl() }, hideToken(bot, webhook), { creator: true });
  return new Hono<RestEnv>()
    .post("/channels/:channel/webhooks", async (c) => {
      const { bot } = c.var;
      const channel = getWritableChannel(world, bot, c.req.param("channel"), P.ManageWebhooks);
      if (channel.thread !== null) throw refuse.wrongChannelType();
      const { name, avatar = null } = readWebhookForm((await readBody(c.req)).fields);
      if (name === undefined)
        throw fieldRefusal(["name"], "BASE_TYPE_REQUIRED", "This field is required");
      if (world.webhooksOf(channel.id).length >= MAX_PER_CHANNEL) throw refuse.tooManyWebhooks();
      const inGuild = [...world.webhooks.values()].filter((it) => it.guildId === channel.guildId);
      if (inGuild.length >= MAX_PER_GUILD) throw refuse.tooManyServerWebhooks();
      const made = { name, avatar, creatorId: bot.userId, applicationId: bot.userId };
      return c.json(show(bot, webhooks.add(channel, made)));
    })
    .get("/channels/:channel/webhooks", (c) => {
      const { bot } = c.var;
      const channel = getWritableChannel(world, bot, c.req.param("channel"), P.ManageWebhooks);
      return c.json(world.webhooksOf(channel.id).map((webhook) => show(bot, webhook)));
    })
    .get("/guilds/:guild/webhooks", (c) => {
      const { bot } = c.var;
      const { guild } = getGuildWith(world, bot, c.req.param("guild"), P.ManageWebhooks);
      const found = [...world.webhooks.values()].filter(({ guildId }) => guildId === guild.id);
      return c.json(found.map((webhook) => show(bot, webhook)));
    })
    .get("/webhooks/:webhook", (c) =>
      c.json(show(c.var.bot, getManaged(parts, c.var.bot, c.req.param("webhook")))),
    )
    .patch("/webhooks/:webhook", async (c) => {
      const webhook = getManaged(parts, c.var.bot, c.req.param("webhook"));
      const form = readWebhookForm((await readBody(c.req)).fields);
      if (form.channelId !== undefined)
        getWritableChannel(world, c.var.bot, form.channelId, P.ManageWebhooks);
      webhooks.change(webhook, form);
      return c.json(show(c.var.bot, webhook));
    })
    .delete("/webhooks/:webhook", (c) => {
      webhooks.remove(getManaged(parts, c.var.bot, c.req.param("webhook")));
      return c.body(null, 204);
    });
}

function getManaged({ world }: RestParts, bot: BotRecord, id: string): WebhookRecord {
  const webhook = world.webhooks.get(id);
  if (webhook === undefined) throw refuse.unknownWebhook();
  getWritableChannel(world, bot, webhook.channelId, P.ManageWebhooks);
  return webhook;
}

/** The token of another application's webhook stays its own. */
function hideToken(bot: BotRecord, webhook: WebhookRecord): WebhookRecord {
  const foreign = webhook.applicationId !== null && webhook.applicationId !== bot.userId;
  return foreign ? { ...webhook, token: null } : webhook;
}
