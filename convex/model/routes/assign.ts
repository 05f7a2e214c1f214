/**
 * Which worker shard serves a target channel. A shard stands for a token: what posts there is that token's
 * bot, and only it can edit what it has posted, so the choice is stored with the route and its mirrors.
 *
 * [ASG1] A channel that is a target already keeps its shard, also for another source.
 * [ASG2] A new target goes to a bot that is in its server and has room: beyond 45 channels the next token's.
 *        While none is in its server it goes to the first token.
 * [ASG3] A target is moved only when somebody says so. What was posted stays with the token that posted it.
 * [ASG4] A source is captured under the lowest shard whose bot is in its server: the others cannot see it.
 */
import { assignTarget, TARGETS_PER_TOKEN } from "@heliograph/domain";
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

/** The shard whose lease holder captures what is posted in each of these servers. */
export async function captureShards(
  ctx: Reader,
  guildIds: readonly string[],
): Promise<(guildId: string) => number> {
  const presences = await listPresences(ctx);
  const shards = new Map<string, number>();
  for (const guildId of new Set(guildIds)) {
    const inGuild = new Set((await botsInGuild(ctx, guildId)).map(({ botUserId }) => botUserId));
    const serving = presences.flatMap(({ botUserId, workerShards }) =>
      botUserId !== null && inGuild.has(botUserId) ? workerShards : [],
    );
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
  const inGuild = new Set((await botsInGuild(ctx, guildId)).map(({ botUserId }) => botUserId));
  const shardsOfBot = new Map<string, Set<number>>();
  for (const { botUserId, workerShards } of await listPresences(ctx)) {
    if (botUserId === null || !inGuild.has(botUserId)) continue;
    const shards = shardsOfBot.get(botUserId) ?? new Set();
    for (const shard of workerShards) shards.add(shard);
    shardsOfBot.set(botUserId, shards);
  }
  const loads = [...shardsOfBot.values()].map(async (shards) => {
    const targets = (await targetsOf(ctx, [...shards])).size;
    return [...shards].map((shard) => ({ shard, targets }));
  });
  return (await Promise.all(loads)).flat();
}
