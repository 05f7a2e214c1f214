/**
 * Which worker shard serves a target channel. A shard stands for a token: what posts there is that token's
 * bot, and only it can edit what it has posted, so the choice is stored with the route and its mirrors.
 *
 * [ASG1] A channel that is a target already keeps its shard, also for another source.
 * [ASG2] A new target goes to a bot that is in its server and has room: beyond 45 channels the next token's.
 *        While none is in its server it goes to the first token.
 * [ASG3] A target is moved only when somebody says so. What was posted stays with the token that posted it.
 * [ASG4] A source is captured, and a server's roles are kept, under the lowest shard whose bot is in the server: the
 *        others cannot see it. What a process that went had served counts only while its bot has no other.
 */
import { assignTarget, TARGETS_PER_TOKEN } from "@heliograph/domain";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { botsInGuild } from "../bots/catalogue.ts";
import { listPresences } from "../bots/presence.ts";
import { shardOfGuild } from "./shards.ts";

interface Reader {
  readonly db: DatabaseReader;
}

export interface TargetPlace {
  readonly guildId: string;
  readonly channelId: string;
}

const MOST_COUNTED = 200; // routes of a shard: far beyond what one token serves in time

/** The stored shard of the channel, or the one it would get. */
export async function shardOfTarget(
  ctx: Reader,
  { guildId, channelId }: TargetPlace,
): Promise<number> {
  const route = await ctx.db
    .query("routes")
    .withIndex("by_channelId", (q) => q.eq("channelId", channelId))
    .first();
  if (route !== null) return route.shard;
  return await chooseShard(ctx, { guildId, channelId });
}

/** Gives the target to the bot that it would get if it were new. Answers whether that is another one. */
export async function reassignTarget(ctx: MutationCtx, channelId: string): Promise<boolean> {
  const routes = await ctx.db
    .query("routes")
    .withIndex("by_channelId", (q) => q.eq("channelId", channelId))
    .take(MOST_COUNTED);
  const [first] = routes;
  if (first === undefined) return false;
  const shard = await chooseShard(ctx, first);
  for (const { _id } of routes) await ctx.db.patch("routes", _id, { shard });
  return shard !== first.shard;
}

async function chooseShard(ctx: Reader, { guildId, channelId }: TargetPlace): Promise<number> {
  const candidates = await readCandidates(ctx, guildId);
  return assignTarget(channelId, candidates, TARGETS_PER_TOKEN) ?? shardOfGuild(guildId);
}

/** The shard whose lease holder serves each of these servers as a whole: captures it, and keeps its roles. */
export async function servingShards(
  ctx: Reader,
  guildIds: readonly string[],
): Promise<(guildId: string) => number> {
  const presences = await listPresences(ctx);
  const shards = new Map<string, number>();
  for (const guildId of new Set(guildIds)) {
    const serving = [...(await shardsByBot(ctx, guildId, presences)).values()].flatMap((own) => [
      ...own,
    ]);
    shards.set(guildId, serving.length === 0 ? shardOfGuild(guildId) : Math.min(...serving));
  }
  return (guildId) => shards.get(guildId) ?? shardOfGuild(guildId);
}

/** The distinct target channels of these shards, at most some hundred. */
export async function targetsOf(
  ctx: Reader,
  shards: readonly number[],
): Promise<ReadonlySet<string>> {
  const channels = new Set<string>();
  for (const shard of shards) {
    const routes = await ctx.db
      .query("routes")
      .withIndex("by_shard_channel", (q) => q.eq("shard", shard))
      .take(MOST_COUNTED);
    for (const { channelId } of routes) channels.add(channelId);
  }
  return channels;
}

/** The shards of the bots in the server. */
async function readCandidates(ctx: Reader, guildId: string) {
  const shardsOfBot = await shardsByBot(ctx, guildId, await listPresences(ctx));
  const loads = [...shardsOfBot.values()].map(async (shards) => {
    const targets = (await targetsOf(ctx, [...shards])).size;
    return [...shards].map((shard) => ({ shard, targets }));
  });
  return (await Promise.all(loads)).flat();
}

/** Of each bot in the server: what its processes that are online serve, else what those that went did. */
async function shardsByBot(
  ctx: Reader,
  guildId: string,
  presences: readonly Doc<"botPresences">[],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const shards = new Map<string, ReadonlySet<number>>();
  for (const { botUserId } of await botsInGuild(ctx, guildId)) {
    const processes = presences.filter((presence) => presence.botUserId === botUserId);
    const online = processes.filter(({ state }) => state === "online");
    const counted = online.length > 0 ? online : processes;
    shards.set(botUserId, new Set(counted.flatMap(({ workerShards }) => workerShards)));
  }
  return shards;
}
