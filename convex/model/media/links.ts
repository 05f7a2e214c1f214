/**
 * Links to stored media: `{site}/media/{mediaId}?k=...`, made under a feed key and dying with it.
 *
 * [LNK1] A link opens one medium of one feed, while the epoch lasts under which it was given out.
 * [LNK2] A fetch at or after the end of somebody's access in that shard first ends that access.
 * [LNK4] A bot's machine token opens every medium: it puts them into the mirrored channels.
 * [LNK3] Only listed types are kept and served, never sniffed, and kept by no shared cache.
 */
import { formatMediaKey, verifyMediaKey } from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { readOverdueOfShard } from "../access/recompute.ts";
import { getEnvironment } from "../environment.ts";
import { type FeedAccess, isCurrent } from "../feeds/keys.ts";
import { checkToken } from "../machines/store.ts";

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

/** What a bot is given, by its machine token. */
export async function openAsBot(
  ctx: { db: DatabaseReader },
  { mediaId: text, tokenHash, nowMs }: { mediaId: string; tokenHash: string; nowMs: number },
): Promise<Exclude<MediaAnswer, { state: "overdue" }>> {
  const checked = await checkToken(ctx, tokenHash, nowMs);
  const mediaId = ctx.db.normalizeId("media", text);
  if (!checked.ok || checked.machine.kind !== "bot" || mediaId === null)
    return { state: "refused" };
  const medium = await ctx.db.get("media", mediaId);
  return medium === null ? { state: "refused" } : { state: "open", medium };
}
