/**
 * Feed shards: whose epoch turns over when. The only writer of `feedShards`.
 *
 *   turn (by time)    epoch n -> n+1; n stays valid until the scheduled function forgets it
 *   rotate (at once)  epoch n -> n+1; n is dead in this transaction
 *
 * [ROT1] Rotating kills the old key in the same transaction.
 * [ROT2] Turning over by time keeps the old key valid for the grace, then a scheduled function ends it.
 * [ROT3] A turnover that was missed is caught up by the sweep; one that comes twice turns once.
 */
import { FEEDS, type Feed } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { findShard } from "./keys.ts";

/** The shard of the links that `npm start` prints; viewers with accounts get 1 and up. */
export const PREVIEW_SHARD = 0;

const HOUR_MS = 60 * 60_000;
const GRACE_MS = 60_000; // a client fetches its new key within seconds
const OVERDUE_MS = 5 * 60_000;
const SWEEP_ROWS = 50;

/** How long an epoch lasts, and how long it stays valid after that. */
function lifeOf(shard: number): { turnMs: number; graceMs: number } {
  // A printed link is not renewed by anybody, so it must outlive the turn after it was printed.
  if (shard === PREVIEW_SHARD) return { turnMs: 24 * HOUR_MS, graceMs: 24 * HOUR_MS };
  return { turnMs: HOUR_MS, graceMs: GRACE_MS };
}

/** The shard's row, made on first use. */
export async function ensureShard(
  ctx: MutationCtx,
  feed: Feed,
  shard: number,
): Promise<Pick<Doc<"feedShards">, "feed" | "shard" | "epoch">> {
  return (await findShard(ctx, feed, shard)) ?? (await makeShard(ctx, feed, shard));
}

/** The same for several feeds. */
export async function ensureShards(
  ctx: MutationCtx,
  feeds: readonly Feed[],
  shard: number,
): Promise<void> {
  const known = await findShards(ctx, feeds, shard);
  for (const feed of feeds) {
    if (!known.some((row) => row.feed === feed)) await makeShard(ctx, feed, shard);
  }
}

async function makeShard(ctx: MutationCtx, feed: Feed, shard: number) {
  const epoch = 1;
  const turnsAtMs = Date.now() + staggeredMs(feed, shard);
  await ctx.db.insert("feedShards", { feed, shard, epoch, previousEpoch: null, turnsAtMs });
  await scheduleTurn(ctx, { feed, shard, epoch }, turnsAtMs);
  return { feed, shard, epoch };
}

/** Turns the epoch over by time. Does nothing if that epoch is over already. */
export async function turnShard(
  ctx: MutationCtx,
  { feed, shard, epoch }: Pick<Doc<"feedShards">, "feed" | "shard" | "epoch">,
): Promise<void> {
  const row = await findShard(ctx, feed, shard);
  if (row === null || row.epoch !== epoch) return;
  const { graceMs } = lifeOf(shard);
  await nextEpoch(ctx, row, epoch);
  const args = { feed, shard, epoch };
  await ctx.scheduler.runAfter(graceMs, internal.access.forgetEpoch, args);
}

/** Ends the grace of an epoch. Does nothing if another one has its place. */
export async function forgetEpoch(
  ctx: MutationCtx,
  { feed, shard, epoch }: Pick<Doc<"feedShards">, "feed" | "shard" | "epoch">,
): Promise<void> {
  const row = await findShard(ctx, feed, shard);
  if (row?.previousEpoch !== epoch) return;
  await ctx.db.patch("feedShards", row._id, { previousEpoch: null });
}

/** Kills every key of these shards that is out there, at once. */
export async function rotateShards(
  ctx: MutationCtx,
  rows: readonly Doc<"feedShards">[],
): Promise<void> {
  for (const row of rows) await nextEpoch(ctx, row, null);
}

/** The rows of a shard for these feeds, as far as there are any. */
export async function findShards(
  ctx: Pick<MutationCtx, "db">,
  feeds: readonly Feed[],
  shard: number,
): Promise<Doc<"feedShards">[]> {
  const rows = await Promise.all(feeds.map(async (feed) => await findShard(ctx, feed, shard)));
  return rows.filter((row) => row !== null);
}

/** Kills every link to media that the console was shown, and every link that was printed, at once. */
export async function rotatePreview(ctx: MutationCtx): Promise<void> {
  await rotateShards(ctx, await findShards(ctx, FEEDS, PREVIEW_SHARD));
}

/** Turns over the shards whose scheduled turn was missed. */
export async function turnOverdueShards(ctx: MutationCtx): Promise<void> {
  const overdue = await ctx.db
    .query("feedShards")
    .withIndex("by_turnsAtMs", (q) => q.lt("turnsAtMs", Date.now() - OVERDUE_MS))
    .take(SWEEP_ROWS);
  for (const row of overdue) await turnShard(ctx, row);
}

async function nextEpoch(
  ctx: MutationCtx,
  row: Doc<"feedShards">,
  previousEpoch: number | null,
): Promise<void> {
  const epoch = row.epoch + 1;
  const turnsAtMs = Date.now() + lifeOf(row.shard).turnMs;
  await ctx.db.patch("feedShards", row._id, { epoch, previousEpoch, turnsAtMs });
  await scheduleTurn(ctx, { feed: row.feed, shard: row.shard, epoch }, turnsAtMs);
}

async function scheduleTurn(
  ctx: MutationCtx,
  args: Pick<Doc<"feedShards">, "feed" | "shard" | "epoch">,
  atMs: number,
): Promise<void> {
  await ctx.scheduler.runAt(atMs, internal.access.turn, args);
}

/** First turns are spread over an epoch's life, so that the shards' viewers never all refetch at once. */
function staggeredMs(feed: Feed, shard: number): number {
  const { turnMs } = lifeOf(shard);
  if (shard === PREVIEW_SHARD) return turnMs;
  const share = ((shard * FEEDS.length + FEEDS.indexOf(feed)) * 0.618034) % 1; // golden ratio: even gaps
  return Math.floor(turnMs * (0.5 + share / 2));
}
