/**
 * Replies: which signal a post answers. The answer may arrive before what it
 * answers, so a new signal adopts the replies that were waiting for it.
 */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

type ReplyTarget = NonNullable<Doc<"signals">["replyTo"]>;

const MOST_EARLY_REPLIES = 50; // replies that overtake their post come within one burst

/** The stored signal that the post answers, or null if it is not (yet) here. A post answers another one. */
export async function findReplyTarget(
  ctx: MutationCtx,
  post: Pick<Doc<"signals">, "sourceId" | "messageId" | "replyToMessageId">,
): Promise<ReplyTarget | null> {
  const { sourceId, messageId, replyToMessageId } = post;
  if (replyToMessageId === null || replyToMessageId === messageId) return null;
  const target = await ctx.db
    .query("signals")
    .withIndex("by_source_message", (q) =>
      q.eq("sourceId", sourceId).eq("messageId", replyToMessageId),
    )
    .unique();
  return target === null ? null : { signalId: target._id, feed: target.feed, seq: target.seq };
}

/** Points the replies that came before their post at it. */
export async function adoptReplies(
  ctx: MutationCtx,
  sourceId: Id<"sources">,
  messageId: string,
  target: ReplyTarget,
): Promise<void> {
  const replies = await ctx.db
    .query("signals")
    .withIndex("by_source_reply", (q) =>
      q.eq("sourceId", sourceId).eq("replyToMessageId", messageId),
    )
    .take(MOST_EARLY_REPLIES);
  for (const { _id } of replies) {
    if (_id !== target.signalId) await ctx.db.patch("signals", _id, { replyTo: target });
  }
}
