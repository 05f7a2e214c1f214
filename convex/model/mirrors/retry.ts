/** Trying again before its time, because something has changed or somebody asks for it. */
import { internal } from "../../_generated/api.js";
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

const RETRIED_PER_BATCH = 100;

/** Makes due what waits for this channel. What is beyond a batch follows its own time. */
export async function makeTargetDue(ctx: MutationCtx, channelId: string): Promise<void> {
  for (const mirror of await unappliedOf(ctx, channelId, "waiting")) {
    await ctx.db.patch("mirrors", mirror._id, { state: "due" });
  }
}

/**
 * Tries everything of a channel again now, also what was given up and whatever the worker knows of the channel;
 * the rest follows in batches. Says how many of this batch. Safe to repeat.
 */
export async function retryTarget(ctx: MutationCtx, channelId: string): Promise<number> {
  const waiting = await unappliedOf(ctx, channelId, "waiting");
  const failed = await unappliedOf(ctx, channelId, "failed");
  const next = [...waiting, ...failed].slice(0, RETRIED_PER_BATCH);
  for (const mirror of next) {
    await ctx.db.patch("mirrors", mirror._id, {
      state: "due",
      dueAtMs: Date.now(),
      attempt: 0,
      urged: true,
    });
  }
  if (waiting.length + failed.length > next.length) {
    await ctx.scheduler.runAfter(0, internal.mirrors.retryMore, { channelId });
  }
  return next.length;
}

async function unappliedOf(
  ctx: MutationCtx,
  channelId: string,
  state: "waiting" | "failed",
): Promise<Doc<"mirrors">[]> {
  return await ctx.db
    .query("mirrors")
    .withIndex("by_channel_state_due", (q) => q.eq("channelId", channelId).eq("state", state))
    .take(RETRIED_PER_BATCH + 1);
}
