/**
 * Links to stored media: `{site}/media/{mediaId}?k=...`, made under a feed key and dying with it.
 *
 * [LNK1] A link opens one medium of one feed, while the epoch lasts under which it was given out.
 * [LNK2] A fetch at or after the end of somebody's access in that shard first ends that access.
 * [LNK3] Only listed types are kept and served, never sniffed, and kept by no shared cache.
 */
import { formatMediaKey, verifyMediaKey } from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { readOverdueOfShard } from "../access/recompute.ts";
import { getEnvironment } from "../environment.ts";
import { type FeedAccess, isCurrent } from "../feeds/keys.ts";

/** What a browser may be given: it runs none of these. */
export const MEDIA_TYPES: readonly string[] = [
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "video/mp4",
  "video/webm",
];

export type MediaAnswer =
  | { readonly state: "open"; readonly medium: Doc<"media"> }
  /** Access of somebody in this shard is over, and the function that ends it has not run yet. */
  | { readonly state: "overdue"; readonly shard: number }
  | { readonly state: "refused" };

/** Keeps a medium whose bytes are stored; null if its type is not one that is served. */
export async function keepMedium(
  ctx: MutationCtx,
  medium: Pick<Doc<"media">, "storageId" | "feed" | "contentType" | "name">,
): Promise<Id<"media"> | null> {
  if (!MEDIA_TYPES.includes(medium.contentType)) return null;
  const known = await ctx.db
    .query("media")
    .withIndex("by_storageId", (q) => q.eq("storageId", medium.storageId))
    .unique();
  return known?._id ?? (await ctx.db.insert("media", medium));
}

/** The address of a medium for whoever holds that feed key. */
export function mediaLink(mediaId: Id<"media">, access: FeedAccess): string {
  const key = formatMediaKey(mediaId, access, getEnvironment("HELIOGRAPH_FEED_KEY_SECRET"));
  return `${getEnvironment("CONVEX_SITE_URL")}/media/${mediaId}?k=${key}`;
}

/** What a link opens at that time. */
export async function openMediaLink(
  ctx: { db: DatabaseReader },
  { mediaId: text, key, nowMs }: { mediaId: string; key: string; nowMs: number },
): Promise<MediaAnswer> {
  const claims = verifyMediaKey(text, key, getEnvironment("HELIOGRAPH_FEED_KEY_SECRET"));
  const mediaId = ctx.db.normalizeId("media", text);
  if (claims === null || mediaId === null) return { state: "refused" };
  if (!(await isCurrent(ctx, claims))) return { state: "refused" };
  const overdue = await readOverdueOfShard(ctx, claims.shard, nowMs);
  if (overdue.length > 0) return { state: "overdue", shard: claims.shard };
  const medium = await ctx.db.get("media", mediaId);
  if (medium === null || medium.feed !== claims.feed) return { state: "refused" };
  return { state: "open", medium };
}
