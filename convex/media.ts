/** Stored media behind the paywall: kept when a signal's files are copied, fetched through links that die. */
import { v } from "convex/values";
import { internalMutation, internalQuery } from "./_generated/server.js";
import { keepMedium, openMediaLink } from "./model/media/links.ts";
import { vFeed } from "./model/signals/validators.ts";

/** Keeps a medium whose bytes are stored. Null: its type is never served. Safe to repeat. */
export const keep = internalMutation({
  args: {
    storageId: v.id("_storage"),
    feed: vFeed,
    contentType: v.string(),
    name: v.string(),
  },
  returns: v.union(v.id("media"), v.null()),
  handler: async (ctx, medium) => await keepMedium(ctx, medium),
});

/** What a link opens. `nowMs` is the clock of the HTTP action that asks. */
export const open = internalQuery({
  args: { mediaId: v.string(), key: v.string(), nowMs: v.number() },
  returns: v.union(
    v.object({
      state: v.literal("open"),
      storageId: v.id("_storage"),
      contentType: v.string(),
      name: v.string(),
    }),
    v.object({ state: v.literal("overdue"), shard: v.number() }),
    v.object({ state: v.literal("refused") }),
  ),
  handler: async (ctx, asked) => {
    const answer = await openMediaLink(ctx, asked);
    if (answer.state !== "open") return answer;
    const { storageId, contentType, name } = answer.medium;
    return { state: "open" as const, storageId, contentType, name };
  },
});
