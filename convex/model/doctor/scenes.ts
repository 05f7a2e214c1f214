/**
 * What the doctor looks at, gathered from presences, the catalogue and the routes. No clock.
 *
 * One of these for each call: what many targets share (who is online, a server's roles) it reads once.
 */
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
import { servingShards, shardOfTarget, targetsOf } from "../routes/assign.ts";
import { findTest } from "./tests.ts";
import type { Target } from "./validators.ts";

type Presence = Doc<"botPresences">;

export class Scenes {
  readonly #ctx: { readonly db: DatabaseReader };
  readonly #known = new Map<string, Promise<unknown>>();

  constructor(ctx: { readonly db: DatabaseReader }) {
    this.#ctx = ctx;
  }

  /** A target as the doctor sees it. */
  async ofTarget(target: Target): Promise<RouteScene> {
    const { guildId, channelId, mode, pingRoleId, place = PLAIN_RULES.place } = target;
    const shard = await shardOfTarget(this.#ctx, target);
    const presences = await this.#presences();
    const bot = presences.find(({ workerShards }) => workerShards.includes(shard)) ?? null;
    const served = await this.#targetsOf(bot);
    const catalogued = place.kind === "thread" ? place.parentChannelId : channelId; // threads are not
    const test = await findTest(this.#ctx, target);
    const isOver = test?.state === "done" || test?.state === "unanswered";
    return {
      ...(await this.#ofChannel(bot, guildId, catalogued)),
      mode,
      place: place.kind,
      pingRoleId,
      targets: served.size + (served.has(channelId) ? 0 : 1),
      test: isOver ? toResult(test) : null,
    };
  }

  /** A channel that is, or may be, a source. */
  async ofSource(guildId: string, channelId: string): Promise<ChannelScene> {
    return await this.#ofChannel(await this.#botOfServer(guildId), guildId, channelId);
  }

  /** A role that is, or may be, given to members. */
  async ofRole(guildId: string, roleId: string): Promise<RoleScene> {
    const bot = await this.#botOfServer(guildId);
    return { bot: standingOf(bot), guild: await this.#viewOf(bot, guildId), guildId, roleId };
  }

  async #ofChannel(
    bot: Presence | null,
    guildId: string,
    channelId: string,
  ): Promise<ChannelScene> {
    const guild = await this.#viewOf(bot, guildId);
    const channel = guild && (await findChannel(this.#ctx, guild.botUserId, channelId));
    const isThere = channel?.guildId === guildId;
    return { bot: standingOf(bot), guild, guildId, channel: isThere ? channel : null };
  }

  /** The bot that captures the server's sources and keeps its roles; else any bot. */
  async #botOfServer(guildId: string): Promise<Presence | null> {
    return await this.#once(`bot ${guildId}`, async () => {
      const shard = (await servingShards(this.#ctx, [guildId]))(guildId);
      const there = await botsInGuild(this.#ctx, guildId);
      const inGuild = new Set<string | null>(there.map(({ botUserId }) => botUserId));
      const presences = await this.#presences();
      const serving = presences.find(
        ({ botUserId, workerShards }) => inGuild.has(botUserId) && workerShards.includes(shard),
      );
      return serving ?? presences[0] ?? null;
    });
  }

  async #viewOf(bot: Presence | null, guildId: string): Promise<GuildView | null> {
    if (bot === null || bot.botUserId === null) return null;
    const of = { botUserId: bot.botUserId, guildId };
    return await this.#once(`view ${of.botUserId} ${guildId}`, async () => {
      const guild = await findGuild(this.#ctx, of);
      return guild && { ...guild, roles: await listRoles(this.#ctx, of) };
    });
  }

  async #targetsOf(bot: Presence | null): Promise<ReadonlySet<string>> {
    const shards = bot?.workerShards ?? [];
    return await this.#once(`targets ${shards.join()}`, () => targetsOf(this.#ctx, shards));
  }

  /** Those online first. */
  async #presences(): Promise<Presence[]> {
    return await this.#once("presences", () => listPresences(this.#ctx));
  }

  /** The key stands for what `read` answers. */
  #once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key) ?? read();
    this.#known.set(key, known);
    return known as Promise<T>;
  }
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
