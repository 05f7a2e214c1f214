/** Access: who may read which feed, until when, and why. */
import { FEEDS } from "@heliograph/domain";
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalMutation, internalQuery, type MutationCtx } from "./_generated/server.js";
import { readOverdue } from "./model/access/checks.ts";
import { explainAccess, explanationFields } from "./model/access/explain.ts";
import { readGrantedKeys, vGrantedKeys } from "./model/access/grantKeys.ts";
import { giveGrant as give, revokeGrant as revoke } from "./model/access/grants.ts";
import { mayRead, readOverdueOfShard, recomputeAccess } from "./model/access/recompute.ts";
import {
  readOwnTimeline,
  readTimeline,
  vOwnTimelineEntry,
  vTimelineEntry,
} from "./model/access/timeline.ts";
import { currentKey } from "./model/feeds/keys.ts";
import {
  forgetEpoch as endGrace,
  ensureShard,
  findShards,
  PREVIEW_SHARD,
  rotateShards,
  turnOverdueShards,
  turnShard,
} from "./model/feeds/shards.ts";
import { vFeed } from "./model/signals/validators.ts";
import { customerQuery, operatorMutation, supportQuery } from "./wrappers.ts";

const SWEEP_PEOPLE = 100;

const vCursor = v.union(v.string(), v.null());
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
    await rotateShards(ctx, await findShards(ctx, [feed], shard));
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

/** What the caller may see now, with a key for each of its feeds; null: nothing. Meant to be subscribed. */
export const grant = customerQuery({
  args: {},
  returns: { access: v.union(vGrantedKeys, v.null()) },
  handler: async (ctx) => ({ access: await readGrantedKeys(ctx, ctx.person.userId) }),
});

/** How the caller's own access came about, newest first. */
export const mine = customerQuery({
  args: { cursor: vCursor },
  returns: { entries: v.array(vOwnTimelineEntry), cursor: vCursor },
  handler: async (ctx, { cursor }) => await readOwnTimeline(ctx, ctx.person.userId, cursor),
});

/** Why somebody can see what they see, since when, because of what: newest first. */
export const timeline = supportQuery({
  args: { userId: v.id("users"), cursor: vCursor },
  returns: { entries: v.array(vTimelineEntry), cursor: vCursor },
  handler: async (ctx, { userId, cursor }) => await readTimeline(ctx, userId, cursor),
});

/** What somebody may see at any time, from what is known now. */
export const explain = supportQuery({
  args: { userId: v.id("users"), atMs: v.number() },
  returns: explanationFields,
  handler: async (ctx, { userId, atMs }) => await explainAccess(ctx, userId, atMs),
});

/** Gives access by hand, from now on. Safe to repeat. */
export const giveGrant = operatorMutation({
  args: {
    userId: v.id("users"),
    tier: vFeed,
    untilMs: v.union(v.number(), v.null()), // null: until revoked
    reason: v.string(),
  },
  returns: v.object({ grantId: v.id("grants") }),
  handler: async (ctx, gift) => ({ grantId: await give(ctx, gift) }),
});

/** Takes back what was given by hand. Safe to repeat. */
export const revokeGrant = operatorMutation({
  args: { grantId: v.id("grants") },
  returns: v.null(),
  handler: async (ctx, { grantId }) => {
    await revoke(ctx, grantId);
    return null;
  },
});

/** Whether a person may read what is for a tier: exact, for actions, which have a clock and no database. */
export const mayReadAt = internalQuery({
  args: { userId: v.id("users"), tier: vFeed, nowMs: v.number() },
  returns: v.boolean(),
  handler: async (ctx, { userId, tier, nowMs }) => await mayRead(ctx, userId, tier, nowMs),
});

/** Runs when somebody's access changes by time: ends, begins, or becomes another. Safe to repeat. */
export const expire = internalMutation({
  args: { userId: v.id("users"), atMs: v.number() },
  returns: v.null(),
  handler: async (ctx, { userId, atMs }) => {
    // Too early by a hair it would decide what is still so, and nobody would come back at the time.
    if (Date.now() < atMs)
      await ctx.scheduler.runAt(atMs, internal.access.expire, { userId, atMs });
    else await recomputeAccess(ctx, userId, { kind: "expiry" });
    return null;
  },
});

/** Ends what is over in a shard, for whoever cannot wait for the scheduler. Safe to repeat. */
export const expireShard = internalMutation({
  args: { shard: v.number() },
  returns: v.null(),
  handler: async (ctx, { shard }) => {
    for (const userId of await readOverdueOfShard(ctx, shard, Date.now())) {
      await recomputeAccess(ctx, userId, { kind: "expiry" });
    }
    return null;
  },
});

/** Catches up on what the scheduler missed. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await turnOverdueShards(ctx);
    const nowMs = Date.now();
    for (const userId of await readOverdue(ctx, nowMs, SWEEP_PEOPLE)) {
      // Each on their own: whom it fails for holds up nobody else.
      await ctx.scheduler.runAfter(0, internal.access.expire, { userId, atMs: nowMs });
    }
    return null;
  },
});

async function keysOfShard(ctx: MutationCtx, shard: number): Promise<string[]> {
  const keys: string[] = [];
  for (const feed of FEEDS) keys.push(currentKey(await ensureShard(ctx, feed, shard)));
  return keys;
}
