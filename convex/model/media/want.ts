/**
 * Wanted media: which files a signal wants copied. Written in the transaction that stores the signal;
 * fetched by an action scheduled in it, so a post never waits for its pictures.
 *
 * [WANTM1] A file is wanted once for a signal, and as long as the signal shows it.
 * [WANTM2] A link that was signed anew takes the place of the old one, and a file that waits for it is fetched again.
 * [WANTM3] What no signal wants any more is deleted, with its bytes, in the transaction that ends the wish.
 */
import { MOST_MEDIA, type WantedMedium, wantedMedia } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";

type Shown = Pick<Doc<"signals">, "attachments" | "embeds">;
type SignalMedia = NonNullable<Doc<"signals">["media"]>;

/** The `media` of a new signal: empty when files are to follow, absent when it has none. */
export function mediaAtFirst(post: Shown): { media?: SignalMedia } {
  return wantedMedia(post).length === 0 ? {} : { media: [] };
}

/** Wants the files of a new signal. */
export async function wantNewMedia(
  ctx: MutationCtx,
  signal: Shown & { _id: Id<"signals"> },
  nowMs: number,
): Promise<void> {
  const wanted = wantedMedia(signal);
  for (const medium of wanted) await insertWanted(ctx, signal._id, medium, nowMs);
  if (wanted.length > 0) await scheduleFetch(ctx, nowMs);
}

/**
 * Wants what a changed signal shows now, and forgets what it shows no more. Answers the `media` of its row;
 * changes nothing and answers nothing when neither version has files.
 */
export async function wantChangedMedia(
  ctx: MutationCtx,
  before: Doc<"signals">,
  after: Shown,
  nowMs: number,
): Promise<{ media?: SignalMedia }> {
  const wanted = new Map(wantedMedia(after).map((medium) => [medium.address, medium]));
  if (wanted.size === 0 && before.media === undefined) return {};
  const rows = await readWanted(ctx, before._id);
  let isAnyDue = false;
  for (const row of rows) {
    const medium = wanted.get(row.address);
    wanted.delete(row.address);
    if (medium === undefined) await forgetWanted(ctx, row);
    else if (await renewLink(ctx, row, medium.link, nowMs)) isAnyDue = true;
  }
  for (const medium of wanted.values()) await insertWanted(ctx, before._id, medium, nowMs);
  if (isAnyDue || wanted.size > 0) await scheduleFetch(ctx, nowMs);
  const kept = new Set(wantedMedia(after).map(({ address }) => address));
  return { media: (before.media ?? []).filter(({ address }) => kept.has(address)) };
}

/** What a signal wants. */
export async function readWanted(
  ctx: { db: DatabaseReader },
  signalId: Id<"signals">,
): Promise<Doc<"wantedMedia">[]> {
  return await ctx.db
    .query("wantedMedia")
    .withIndex("by_signalId", (q) => q.eq("signalId", signalId))
    .take(MOST_MEDIA);
}

/** Takes another link for a wanted file; true if it is to be fetched again by it. That counts as an attempt. */
export async function renewLink(
  ctx: MutationCtx,
  row: Doc<"wantedMedia">,
  link: string,
  nowMs: number,
): Promise<boolean> {
  if (row.link === link) return false;
  const isExpired = row.state === "expired";
  const again = { state: "due", dueAtMs: nowMs, attempt: row.attempt + 1 } as const;
  await ctx.db.patch("wantedMedia", row._id, isExpired ? { link, ...again } : { link });
  return isExpired;
}

/** Has what is due fetched at that time. */
export async function scheduleFetch(ctx: MutationCtx, atMs: number): Promise<void> {
  await ctx.scheduler.runAt(atMs, internal.mediaFetch.run, {});
}

async function insertWanted(
  ctx: MutationCtx,
  signalId: Id<"signals">,
  { address, link, name }: WantedMedium,
  nowMs: number,
): Promise<void> {
  const untried = { state: "due", dueAtMs: nowMs, attempt: 0, code: null, mediaId: null } as const;
  await ctx.db.insert("wantedMedia", { signalId, address, link, name, ...untried });
}

async function forgetWanted(ctx: MutationCtx, row: Doc<"wantedMedia">): Promise<void> {
  await ctx.db.delete("wantedMedia", row._id);
  if (row.mediaId !== null) await deleteUnwanted(ctx, row.mediaId);
}

async function deleteUnwanted(ctx: MutationCtx, mediaId: Id<"media">): Promise<void> {
  const other = await ctx.db
    .query("wantedMedia")
    .withIndex("by_mediaId", (q) => q.eq("mediaId", mediaId))
    .first();
  const medium = other === null ? await ctx.db.get("media", mediaId) : null;
  if (medium === null) return;
  await ctx.db.delete("media", mediaId);
  await deleteUnusedFile(ctx, medium.storageId);
}

/** Deletes stored bytes that no medium is of. */
export async function deleteUnusedFile(ctx: MutationCtx, storageId: Id<"_storage">): Promise<void> {
  const user = await ctx.db
    .query("media")
    .withIndex("by_storageId", (q) => q.eq("storageId", storageId))
    .first();
  if (user !== null || (await ctx.db.system.get("_storage", storageId)) === null) return;
  await ctx.storage.delete(storageId);
}
