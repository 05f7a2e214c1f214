/** The operator's live view: the newest signals with what each target shows of them. */
import type { Infer } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { findShard } from "../feeds/keys.ts";
import { toFeedSignal } from "../feeds/read.ts";
import { PREVIEW_SHARD } from "../feeds/shards.ts";
import { mediaLink } from "../media/links.ts";
import type { LinkOf } from "../media/shown.ts";
import type { vLiveMedium } from "../media/validators.ts";
import { readWanted } from "../media/want.ts";
import type { vLiveMirror, vLiveSignal } from "../mirrors/validators.ts";
import { KnownRows } from "../signals/knownRows.ts";

/** Signals one view may ask for. */
export const MOST_LIVE = 50;
const MOST_TARGETS_SHOWN = 50;

/** The newest signals of all feeds, newest first. */
export async function readLive(
  ctx: { db: DatabaseReader },
  limit: number,
): Promise<Infer<typeof vLiveSignal>[]> {
  const rows = await ctx.db
    .query("signals")
    .withIndex("by_committedAtMs")
    .order("desc")
    .take(boundedLimit(limit));
  const known = new KnownRows(ctx);
  return await Promise.all(rows.map((row) => toLiveSignal(ctx, known, row)));
}

/** What is asked for, within 1 and the most; the most if it is no number. */
function boundedLimit(limit: number): number {
  return Number.isFinite(limit) ? Math.min(Math.max(Math.floor(limit), 1), MOST_LIVE) : MOST_LIVE;
}

async function toLiveSignal(
  ctx: { db: DatabaseReader },
  known: KnownRows,
  row: Doc<"signals">,
): Promise<Infer<typeof vLiveSignal>> {
  const mirrors = await ctx.db
    .query("mirrors")
    .withIndex("by_signal_channel", (q) => q.eq("signalId", row._id))
    .take(MOST_TARGETS_SHOWN);
  const wanted = row.media === undefined ? [] : await readWanted(ctx, row._id);
  const signal = await toFeedSignal(known, row, await linksOf(ctx, row));
  const media = wanted.map(toLiveMedium);
  return { ...signal, sourceId: row.sourceId, mirrors: mirrors.map(toLiveMirror), media };
}

/** Links to the signal's files under the key that is nobody's but the console's and the printed links'. */
async function linksOf(
  ctx: { db: DatabaseReader },
  { feed, media }: Doc<"signals">,
): Promise<LinkOf> {
  if (media === undefined) return null;
  const shard = await findShard(ctx, feed, PREVIEW_SHARD);
  return shard === null ? null : (mediaId) => mediaLink(mediaId, shard);
}

function toLiveMedium(wanted: Doc<"wantedMedia">): Infer<typeof vLiveMedium> {
  const { _id: wantedId, name, state, attempt, code } = wanted;
  return { wantedId, name, state, attempt, code };
}

function toLiveMirror(mirror: Doc<"mirrors">): Infer<typeof vLiveMirror> {
  return {
    mirrorId: mirror._id,
    targetName: mirror.targetName,
    channelId: mirror.channelId,
    state: mirror.state,
    wantedRevision: mirror.wantedRevision,
    appliedRevision: mirror.applied?.revision ?? null,
    deleted: mirror.wantedDeleted,
    attempt: mirror.attempt,
    code: mirror.code,
    message: mirror.message,
  };
}
