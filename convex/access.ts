/** Access: who may read which feed. People come with their accounts; until then, preview keys. */
import { FEEDS } from "@heliograph/domain";
import { v } from "convex/values";
import { internalMutation, type MutationCtx } from "./_generated/server.js";
import { currentKey } from "./model/feeds/keys.ts";
import {
  forgetEpoch as endGrace,
  ensureShard,
  PREVIEW_SHARD,
  rotateShard,
  turnOverdueShards,
  turnShard,
} from "./model/feeds/shards.ts";
import { vFeed } from "./model/signals/validators.ts";

const vEpoch = { feed: vFeed, shard: v.number(), epoch: v.number() };

/** Keys of the three feeds for the link that `npm start` prints; each lives at least a day. */
export const previewKeys = internalMutation({
  args: {},
  returns: v.object({ keys: v.array(v.string()) }),
  handler: async (ctx) => ({ keys: await keysOfShard(ctx, PREVIEW_SHARD) }),
});

/** Keys of the three feeds on one shard, made on first use: npx convex run access:shardKeys '{"shard":1}' */
export const shardKeys = internalMutation({
  args: { shard: v.number() },
  returns: v.object({ keys: v.array(v.string()) }),
  handler: async (ctx, { shard }) => ({ keys: await keysOfShard(ctx, shard) }),
});

/** The current key of a shard, which is made on first use. For the functions that grant access. */
export const keyOf = internalMutation({
  args: { feed: vFeed, shard: v.number() },
  returns: v.string(),
  handler: async (ctx, { feed, shard }) => currentKey(await ensureShard(ctx, feed, shard)),
});

/** Kills every key of a shard at once: npx convex run access:rotate '{"feed":"pro","shard":0}' */
export const rotate = internalMutation({
  args: { feed: vFeed, shard: v.number() },
  returns: v.null(),
  handler: async (ctx, { feed, shard }) => {
    await rotateShard(ctx, feed, shard);
    return null;
  },
});

/** Runs when an epoch has lasted its time. */
export const turn = internalMutation({
  args: vEpoch,
  returns: v.null(),
  handler: async (ctx, args) => {
    await turnShard(ctx, args);
    return null;
  },
});

/** Runs when the grace of an epoch is over. */
export const forgetEpoch = internalMutation({
  args: vEpoch,
  returns: v.null(),
  handler: async (ctx, args) => {
    await endGrace(ctx, args);
    return null;
  },
});

export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await turnOverdueShards(ctx);
    return null;
  },
});

async function keysOfShard(ctx: MutationCtx, shard: number): Promise<string[]> {
  const keys: string[] = [];
  for (const feed of FEEDS) keys.push(currentKey(await ensureShard(ctx, feed, shard)));
  return keys;
}
