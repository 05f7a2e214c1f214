/**
 * Settling a fetch: what was copied becomes a medium, and the signal a revision that shows it.
 *
 *   due ── claimed ──> fetching ── there ─────> stored    a medium; the signal's next revision shows it
 *                               ── in vain ───> due       later, with backoff
 *                               ── for good ──> failed    with a code the operator sees
 *                               ── too late ──> expired   until a new link comes, from the bot or an edit
 *
 * [SETM1] A result counts once, and only for the attempt it is of.
 * [SETM2] The same bytes are stored once, and are one medium in each feed.
 * [SETM3] The revision rises when what is shown changes; files that come together are one revision.
 */
import { MAX_ATTEMPTS, retryDelayMs } from "@heliograph/domain";
import type { Infer } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { ensureShard, PREVIEW_SHARD } from "../feeds/shards.ts";
import { MirrorPlanner } from "../mirrors/want.ts";
import { MEDIA_TYPES } from "./links.ts";
import { readSameBytes } from "./sameBytes.ts";
import type { vFetchResult, vSignalMedium } from "./validators.ts";
import { deleteUnusedFile, readWanted, scheduleFetch } from "./want.ts";

type FetchResult = Infer<typeof vFetchResult>;
type StoredFile = Extract<FetchResult, { state: "stored" }>;
type Wanted = Doc<"wantedMedia">;

const TOGETHER_MS = 1_000; // how long a file that is there waits for those still on their way
const MOST_RENEWALS = 3;

/** Settles one fetch. Bytes that turn out not to be wanted are deleted. */
export async function settleFetch(
  ctx: MutationCtx,
  {
    wantedId,
    attempt,
    result,
  }: { wantedId: Id<"wantedMedia">; attempt: number; result: FetchResult },
): Promise<void> {
  const wanted = await ctx.db.get("wantedMedia", wantedId);
  const signal = wanted === null ? null : await ctx.db.get("signals", wanted.signalId);
  const isExpected = wanted?.state === "fetching" && wanted.attempt === attempt;
  if (signal !== null && isExpected) await settleWanted(ctx, { wanted, signal, result });
  if (result.state === "stored") await deleteUnusedFile(ctx, result.storageId);
}

/** Shows what is known of a signal's files by now. Safe to repeat. */
export async function publishMedia(ctx: MutationCtx, signalId: Id<"signals">): Promise<void> {
  const signal = await ctx.db.get("signals", signalId);
  if (signal === null || signal.state === "deleted") return;
  const settled = (await readWanted(ctx, signalId)).filter((row) => !isOnItsWay(row));
  const media = await Promise.all(settled.map((wanted) => toSignalMedium(ctx, wanted)));
  if (textOf(media) === textOf(signal.media)) return;
  const revision = signal.revision + 1;
  await ctx.db.patch("signals", signalId, { media, revision });
  await new MirrorPlanner(ctx, Date.now()).wantChange({ ...signal, revision });
}

/** Has a file that failed, or whose link has run out, fetched again. */
export async function retryWanted(ctx: MutationCtx, wanted: Wanted): Promise<void> {
  if (wanted.state !== "failed" && wanted.state !== "expired") return;
  const nowMs = Date.now();
  await ctx.db.patch("wantedMedia", wanted._id, { state: "due", dueAtMs: nowMs, attempt: 0 });
  await scheduleFetch(ctx, nowMs);
}

async function settleWanted(
  ctx: MutationCtx,
  { wanted, signal, result }: { wanted: Wanted; signal: Doc<"signals">; result: FetchResult },
): Promise<void> {
  if (result.state === "retry") return await tryLater(ctx, wanted, result.code);
  if (result.state === "stored") {
    const mediaId = await keepMedium(ctx, signal.feed, wanted.name, result);
    if (mediaId === null) return await tryLater(ctx, wanted, "interrupted");
    await ensureShard(ctx, signal.feed, PREVIEW_SHARD); // the console's links are under its key
    await ctx.db.patch("wantedMedia", wanted._id, { state: "stored", code: null, mediaId });
  } else {
    // A link that is refused however new it is leads to nothing.
    const isHopeless = wanted.attempt >= MOST_RENEWALS;
    const state = isHopeless ? "failed" : result.state;
    await ctx.db.patch("wantedMedia", wanted._id, { state, code: result.code });
  }
  await publishSoon(ctx, signal._id);
}

/** At once if all files have been tried, else in a moment, together with those that come until then. */
async function publishSoon(ctx: MutationCtx, signalId: Id<"signals">): Promise<void> {
  const rows = await readWanted(ctx, signalId);
  const isAnyOnItsWay = rows.some((row) => isOnItsWay(row) && row.attempt === 0);
  if (!isAnyOnItsWay) return await publishMedia(ctx, signalId);
  await ctx.scheduler.runAfter(TOGETHER_MS, internal.media.publish, { signalId });
}

/** After a fetch in vain: again when it has waited for its turn, or never. */
export async function tryLater(ctx: MutationCtx, wanted: Wanted, code: string): Promise<void> {
  const attempt = wanted.attempt + 1;
  if (attempt >= MAX_ATTEMPTS) {
    await ctx.db.patch("wantedMedia", wanted._id, { state: "failed", attempt, code });
    return await publishMedia(ctx, wanted.signalId);
  }
  const dueAtMs = Date.now() + retryDelayMs(attempt);
  await ctx.db.patch("wantedMedia", wanted._id, { state: "due", dueAtMs, attempt, code });
  await scheduleFetch(ctx, dueAtMs);
}

/** The medium of those bytes in that feed; null if they were deleted meanwhile or are of no type that is served. */
async function keepMedium(
  ctx: MutationCtx,
  feed: Doc<"media">["feed"],
  name: string,
  { state: _, storageId, ...file }: StoredFile,
): Promise<Id<"media"> | null> {
  if (!MEDIA_TYPES.includes(file.contentType)) return null;
  const same = await readSameBytes(ctx, file.hash);
  const known = same.find((medium) => medium.feed === feed);
  if (known !== undefined) return known._id;
  const kept = same[0]?.storageId ?? storageId;
  if ((await ctx.db.system.get("_storage", kept)) === null) return null;
  return await ctx.db.insert("media", { ...file, storageId: kept, feed, name });
}

/** A wanted file that was settled, as its signal's row keeps it. */
async function toSignalMedium(
  ctx: MutationCtx,
  { address, mediaId }: Wanted,
): Promise<Infer<typeof vSignalMedium>> {
  const medium = mediaId === null ? null : await ctx.db.get("media", mediaId);
  if (medium === null) return { address, mediaId: null };
  const { _id, contentType, width, height } = medium;
  const size = width === undefined || height === undefined ? {} : { width, height };
  return { address, mediaId: _id, contentType, ...size };
}

function isOnItsWay({ state }: Wanted): boolean {
  return state === "due" || state === "fetching";
}

function textOf(media: Doc<"signals">["media"] = []): string {
  return media.map(({ address, mediaId }) => `${address} ${mediaId}`).join("\n");
}
