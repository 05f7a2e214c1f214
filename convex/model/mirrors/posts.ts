/** Which mirror each posted message belongs to. The only writer of `mirrorPosts`. */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";

/** Brings the rows of a mirror in step with the messages that stand. Reads nothing while they stay the same. */
export async function keepPosts(
  ctx: MutationCtx,
  mirrorId: Id<"mirrors">,
  before: readonly string[],
  now: readonly string[],
): Promise<void> {
  for (const messageId of now) {
    if (before.includes(messageId)) continue;
    const known = await findPost(ctx, messageId);
    if (known === null) await ctx.db.insert("mirrorPosts", { messageId, mirrorId });
  }
  for (const messageId of before) {
    if (now.includes(messageId)) continue;
    const known = await findPost(ctx, messageId);
    if (known !== null) await ctx.db.delete("mirrorPosts", known._id);
  }
}

/** The row of a message, or null if no mirror is known to have posted it. */
export async function findPost(
  ctx: { db: DatabaseReader },
  messageId: string,
): Promise<Doc<"mirrorPosts"> | null> {
  return await ctx.db
    .query("mirrorPosts")
    .withIndex("by_messageId", (q) => q.eq("messageId", messageId))
    .unique();
}
