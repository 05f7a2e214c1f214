/**
 * Messages that are gone although they are wanted: somebody removed them by hand.
 *
 * [LOSS1] By the route's rule the post comes back, or the rest of it goes too, for good.
 * [LOSS2] What comes back is removed at most three times: then whoever removes it is right.
 * [LOSS3] What was to go anyway, or is known to be gone, changes nothing.
 */
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { KnownRows } from "../signals/knownRows.ts";
import { findPost } from "./posts.ts";

const MOST_LOSSES = 3;

/** Notes that these messages are gone. Safe to repeat. Says how many mirrors they were of. */
export async function noteLosses(
  ctx: MutationCtx,
  shard: number,
  messageIds: readonly string[],
): Promise<number> {
  const known = new KnownRows(ctx);
  let lost = 0;
  for (const messageId of messageIds) {
    const post = await findPost(ctx, messageId);
    const mirror = post === null ? null : await ctx.db.get("mirrors", post.mirrorId);
    if (mirror === null || mirror.shard !== shard) continue;
    if (await loseMessage(ctx, known, mirror, messageId)) lost += 1;
  }
  return lost;
}

/** Makes due what a channel shows differently than it was applied. Safe to repeat. */
export async function noteChanged(ctx: MutationCtx, mirror: Doc<"mirrors">): Promise<void> {
  if (mirror.state !== "applied" || mirror.applied === null) return;
  await ctx.db.patch("mirrors", mirror._id, {
    applied: { ...mirror.applied, revision: 0 },
    state: "due",
    dueAtMs: Date.now(),
    attempt: 0,
  });
}

async function loseMessage(
  ctx: MutationCtx,
  known: KnownRows,
  mirror: Doc<"mirrors">,
  messageId: string,
): Promise<boolean> {
  const { applied } = mirror;
  if (applied?.messageIds.includes(messageId) !== true || mirror.wantedDeleted) return false;
  const losses = (mirror.losses ?? 0) + 1;
  const { whenRemoved } = await known.rules(mirror.rulesId);
  const isOver = whenRemoved === "leave" || losses > MOST_LOSSES;
  const rest = applied.messageIds.filter((id) => id !== messageId);
  await ctx.db.patch("mirrors", mirror._id, {
    losses,
    // Not even the applied revision stands any more, so that whatever the worker settles counts.
    applied: { ...applied, revision: 0, messageIds: rest },
    state: isOver && rest.length === 0 ? "applied" : "due",
    dueAtMs: Date.now(),
    attempt: 0,
    // Its revision counts on by itself: a worker that is editing it right now settles an older one.
    ...(isOver && {
      withdrawn: true,
      wantedDeleted: true,
      wantedRevision: mirror.wantedRevision + 1,
      ...REMOVED_BY_HAND,
    }),
  });
  const post = await findPost(ctx, messageId);
  if (post !== null) await ctx.db.delete("mirrorPosts", post._id);
  return true;
}

const REMOVED_BY_HAND = {
  code: "removed_by_hand",
  message: "Somebody removed this post in Discord, and the route leaves it at that.",
};
