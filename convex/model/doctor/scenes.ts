/** What the doctor looks at, gathered from presences, the catalogue and the routes. No clock. */
import {
  type BotStanding,
  type ChannelScene,
  type GuildView,
  PLAIN_RULES,
  type RoleScene,
  type RouteScene,
} from "@heliograph/domain";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { botsInGuild, findChannel, findGuild, listRoles } from "../bots/catalogue.ts";
import { listPresences } from "../bots/presence.ts";
import { targetsOf } from "../routes/assign.ts";
import { botFor } from "./servingBot.ts";
import { findTest } from "./tests.ts";
import type { Target } from "./validators.ts";

interface Reader {
  readonly db: DatabaseReader;
}

type Presence = Doc<"botPresences">;

/** A target as the doctor sees it. */
export async function routeScene(ctx: Reader, target: Target): Promise<RouteScene> {
  const { guildId, channelId, mode, pingRoleId, place = PLAIN_RULES.place } = target;
  const bot = await botFor(ctx, target);
  const served = await targetsOf(ctx, bot?.workerShards ?? []);
  const seenId = place.kind === "thread" ? place.parentChannelId : channelId; // threads are not catalogued
  const test = await findTest(ctx, target);
  const isOver = test?.state === "done" || test?.state === "unanswered";
  return {
    ...(await channelSceneOf(ctx, bot, guildId, seenId)),
    mode,
    place: place.kind,
    pingRoleId,
    targets: served.size + (served.has(channelId) ? 0 : 1),
    test: isOver ? toResult(test) : null,
  };
}

/** A channel that is, or may be, a source: any bot in its server can capture it. */
export async function sourceScene(
  ctx: Reader,
  guildId: string,
  channelId: string,
): Promise<ChannelScene> {
  return await channelSceneOf(ctx, await anyBotIn(ctx, guildId), guildId, channelId);
}

/** A role that is, or may be, given to members. */
export async function roleScene(ctx: Reader, guildId: string, roleId: string): Promise<RoleScene> {
  const bot = await anyBotIn(ctx, guildId);
  return { bot: standingOf(bot), guild: await viewOf(ctx, bot, guildId), guildId, roleId };
}

async function channelSceneOf(
  ctx: Reader,
  bot: Presence | null,
  guildId: string,
  channelId: string,
): Promise<ChannelScene> {
  const guild = await viewOf(ctx, bot, guildId);
  const channel = guild === null ? null : await findChannel(ctx, guild.botUserId, channelId);
  const isThere = channel?.guildId === guildId;
  return { bot: standingOf(bot), guild, guildId, channel: isThere ? channel : null };
}

/** A bot in the server, one that is online before another; else any bot. */
async function anyBotIn(ctx: Reader, guildId: string): Promise<Presence | null> {
  const inGuild = new Set((await botsInGuild(ctx, guildId)).map(({ botUserId }) => botUserId));
  const presences = await listPresences(ctx);
  const there = presences.find(({ botUserId }) => botUserId !== null && inGuild.has(botUserId));
  return there ?? presences[0] ?? null;
}

async function viewOf(
  ctx: Reader,
  bot: Presence | null,
  guildId: string,
): Promise<GuildView | null> {
  if (bot === null || bot.botUserId === null) return null;
  const of = { botUserId: bot.botUserId, guildId };
  const guild = await findGuild(ctx, of);
  return guild === null ? null : { ...guild, roles: await listRoles(ctx, of) };
}

function standingOf(bot: Presence | null): BotStanding | null {
  if (bot === null) return null;
  const { botUserId, botName: name, state, code, intents } = bot;
  return { botUserId, name, state, code, intents };
}

function toResult(test: Doc<"targetTests">): RouteScene["test"] {
  const { webhooks, code, message } = test;
  const failure = code === null ? null : { code, message: message ?? code };
  return { state: test.state === "done" ? "done" : "unanswered", webhooks, failure };
}
