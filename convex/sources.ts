/** Sources: which channels are captured, and into which feed. */
import { v } from "convex/values";
import type { Doc } from "./_generated/dataModel.js";
import { recordDeed } from "./model/audit/record.ts";
import { servingShards } from "./model/routes/assign.ts";
import { vFeed } from "./model/signals/validators.ts";
import {
  capturedThreadIds,
  createSource,
  listSources,
  recentMessageIds,
  updateSource,
} from "./model/sources/store.ts";
import { operatorMutation, operatorQuery, workerQuery } from "./wrappers.ts";

const vSource = v.object({
  sourceId: v.id("sources"),
  name: v.string(),
  guildId: v.string(),
  channelId: v.string(),
  minTier: vFeed,
  allowBots: v.boolean(),
  mediaHosts: v.optional(v.array(v.string())),
  allowedAuthors: v.array(v.string()), // of programs, beside people; see the table
});

/** What the bot captures. Meant to be subscribed. */
export const watched = workerQuery({
  args: {},
  returns: { sources: v.array(vSource.extend({ shard: v.number() })) },
  handler: async (ctx) => {
    const sources = await listSources(ctx);
    const guildIds = sources.map(({ guildId }) => guildId);
    const shardOf = await servingShards(ctx, guildIds);
    return {
      sources: sources.map((source) => {
        return { ...withoutSystemFields(source), shard: shardOf(source.guildId) };
      }),
    };
  },
});

/** The newest message known of a channel, to back-fill after it. Read once: it changes with every post. */
export const lastSeen = workerQuery({
  args: { channelId: v.string() },
  returns: { lastMessageId: v.union(v.string(), v.null()) },
  handler: async (ctx, { channelId }) => {
    const [live] = await recentMessageIds(ctx, channelId, "live");
    const [deleted] = await recentMessageIds(ctx, channelId, "deleted");
    const isDeletedNewer = (deleted?.postedAtMs ?? 0) > (live?.postedAtMs ?? 0);
    return { lastMessageId: (isDeletedNewer ? deleted : live)?.messageId ?? null };
  },
});

/** The newest live messages of a channel, or of one of its threads, newest first, at most 100. Read once. */
export const recent = workerQuery({
  args: { channelId: v.string(), threadId: v.optional(v.string()) },
  returns: { messageIds: v.array(v.string()) },
  handler: async (ctx, { channelId, threadId = null }) => {
    const posts = await recentMessageIds(ctx, channelId, "live", threadId);
    return { messageIds: posts.map(({ messageId }) => messageId) };
  },
});

/** The threads of a channel that posts were captured from, newest first, at most 20. Read once. */
export const threads = workerQuery({
  args: { channelId: v.string() },
  returns: { threadIds: v.array(v.string()) },
  handler: async (ctx, { channelId }) => ({ threadIds: await capturedThreadIds(ctx, channelId) }),
});

export const list = operatorQuery({
  args: {},
  returns: { sources: v.array(vSource) },
  handler: async (ctx) => ({ sources: (await listSources(ctx)).map(withoutSystemFields) }),
});

export const create = operatorMutation({
  args: {
    name: v.string(),
    guildId: v.string(),
    channelId: v.string(),
    minTier: vFeed,
    allowBots: v.optional(v.boolean()),
    mediaHosts: v.optional(v.array(v.string())),
    allowedAuthors: v.optional(v.array(v.string())),
  },
  returns: v.id("sources"),
  handler: async (ctx, { allowBots = false, ...source }) => {
    const sourceId = await createSource(ctx, { ...source, allowBots });
    await recordDeed(ctx, "sources.create", sourceId);
    return sourceId;
  },
});

/** Changes what is given. A new minTier holds for signals that arrive from then on. */
export const update = operatorMutation({
  args: {
    sourceId: v.id("sources"),
    name: v.optional(v.string()),
    minTier: v.optional(vFeed),
    allowBots: v.optional(v.boolean()),
    mediaHosts: v.optional(v.array(v.string())), // for files that are fetched from then on
    allowedAuthors: v.optional(v.array(v.string())),
  },
  returns: v.null(),
  handler: async (ctx, { sourceId, ...changes }) => {
    await updateSource(ctx, sourceId, changes);
    await recordDeed(ctx, "sources.update", sourceId);
    return null;
  },
});

function withoutSystemFields({ _id: sourceId, _creationTime: _, ...fields }: Doc<"sources">) {
  return { sourceId, ...fields, allowedAuthors: fields.allowedAuthors ?? [] };
}
