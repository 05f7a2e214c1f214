/**
 * Sources: the channels analysts post in. The only writer of `sources`.
 *
 * [SRC1] A channel and a name belong to at most one source.
 * [ROU2] A channel that posts are mirrored into is no source: they would be published twice.
 */
import { isMediaHost } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";

export type NewSource = Pick<
  Doc<"sources">,
  "name" | "guildId" | "channelId" | "minTier" | "allowBots" | "allowedAuthors" | "mediaHosts"
>;

type Changes = Partial<Omit<NewSource, "guildId" | "channelId">>;

const MOST_SOURCES = 500;
const MOST_RECENT = 100;
const MOST_HOSTS = 20;
const MOST_AUTHORS = 50;
const MOST_THREADS = 20;

/** Every source. */
export async function listSources(ctx: { db: DatabaseReader }): Promise<Doc<"sources">[]> {
  return await ctx.db.query("sources").withIndex("by_name").take(MOST_SOURCES);
}

/**
 * Creates a source. Throws `channel_taken`, `name_taken`, `channel_is_target`, `bad_author` or
 * `bad_media_host`.
 */
export async function createSource(ctx: MutationCtx, source: NewSource): Promise<Id<"sources">> {
  refuseBadAuthors(source.allowedAuthors);
  refuseHosts(source.mediaHosts);
  await refuseTaken(ctx, source, null);
  await refuseTarget(ctx, source.channelId);
  return await ctx.db.insert("sources", source);
}

/**
 * Changes a source. Its signals stay in the feed they arrived in. Throws `unknown_source`, `name_taken`,
 * `bad_author` or `bad_media_host`.
 */
export async function updateSource(
  ctx: MutationCtx,
  sourceId: Id<"sources">,
  changes: Changes,
): Promise<void> {
  refuseHosts(changes.mediaHosts);
  const source = await getSource(ctx, sourceId);
  refuseBadAuthors(changes.allowedAuthors);
  await refuseTaken(ctx, { ...source, ...changes }, sourceId);
  await ctx.db.patch("sources", sourceId, changes);
}

/** The source, or a refusal `unknown_source`. */
export async function getSource(
  ctx: { db: DatabaseReader },
  sourceId: Id<"sources">,
): Promise<Doc<"sources">> {
  const source = await ctx.db.get("sources", sourceId);
  if (source === null) {
    throw new ConvexError({ code: "unknown_source", message: "This source does not exist." });
  }
  return source;
}

/** The source that watches the channel, or null. */
export async function findByChannel(
  ctx: { db: DatabaseReader },
  channelId: string,
): Promise<Doc<"sources"> | null> {
  return await ctx.db
    .query("sources")
    .withIndex("by_channelId", (q) => q.eq("channelId", channelId))
    .unique();
}

/** The source of that name, or null. */
export async function findByName(
  ctx: { db: DatabaseReader },
  name: string,
): Promise<Doc<"sources"> | null> {
  return await ctx.db
    .query("sources")
    .withIndex("by_name", (q) => q.eq("name", name))
    .unique();
}

/** Message ids of the newest posts of the channel itself, or of a thread, newest first; `live` ones or the last deleted. */
export async function recentMessageIds(
  ctx: { db: DatabaseReader },
  channelId: string,
  state: "live" | "deleted",
  threadId: string | null = null,
): Promise<{ messageId: string; postedAtMs: number }[]> {
  const source = await findByChannel(ctx, channelId);
  if (source === null) return [];
  return await ctx.db
    .query("signals")
    .withIndex("by_source_thread_state_posted", (q) =>
      q.eq("sourceId", source._id).eq("threadId", threadId).eq("state", state),
    )
    .order("desc")
    .take(state === "live" ? MOST_RECENT : 1);
}

/** The threads of the channel that posts were captured from, newest first; a thread's id grows with time. */
export async function capturedThreadIds(
  ctx: { db: DatabaseReader },
  channelId: string,
): Promise<string[]> {
  const source = await findByChannel(ctx, channelId);
  const threadIds: string[] = [];
  while (source !== null && threadIds.length < MOST_THREADS) {
    const newest = await ctx.db
      .query("signals")
      .withIndex("by_source_thread_state_posted", (q) => {
        const inThreads = q.eq("sourceId", source._id).gt("threadId", null);
        const before = threadIds.at(-1);
        return before === undefined ? inThreads : inThreads.lt("threadId", before);
      })
      .order("desc")
      .first();
    if (newest === null || newest.threadId === null) break;
    threadIds.push(newest.threadId);
  }
  return threadIds;
}

function refuseBadAuthors(authors: readonly string[] = []): void {
  const wrong = authors.find((id) => !/^\d{1,20}$/.test(id));
  if (wrong === undefined && authors.length <= MOST_AUTHORS) return;
  const message =
    wrong === undefined
      ? `A source lets in ${MOST_AUTHORS} programs at most; let in all of them instead.`
      : `"${wrong}" is no id of Discord: copy the id of the bot, webhook, application or channel.`;
  throw new ConvexError({ code: "bad_author", message });
}

async function refuseTaken(
  ctx: MutationCtx,
  source: Pick<NewSource, "name" | "channelId">,
  self: Id<"sources"> | null,
): Promise<void> {
  const sameChannel = await findByChannel(ctx, source.channelId);
  if (sameChannel !== null && sameChannel._id !== self) {
    const message = `Channel ${source.channelId} is watched by ${sameChannel.name} already.`;
    throw new ConvexError({ code: "channel_taken", message });
  }
  const sameName = await findByName(ctx, source.name);
  if (sameName !== null && sameName._id !== self) {
    const message = `A source is named ${source.name} already.`;
    throw new ConvexError({ code: "name_taken", message });
  }
}

function refuseHosts(hosts: readonly string[] = []): void {
  const wrong = hosts.find((host) => !isMediaHost(host));
  const isTooMany = hosts.length > MOST_HOSTS;
  if (wrong === undefined && !isTooMany) return;
  const message = isTooMany
    ? `Name at most ${MOST_HOSTS} hosts.`
    : `"${wrong}" is no host: write i.example.com, or *.example.com for all below it.`;
  throw new ConvexError({ code: "bad_media_host", message });
}

async function refuseTarget(ctx: MutationCtx, channelId: string): Promise<void> {
  const route = await ctx.db
    .query("routes")
    .withIndex("by_channelId", (q) => q.eq("channelId", channelId))
    .first();
  if (route === null) return;
  const message = `Posts are mirrored into channel ${channelId} (${route.name}); remove that route first.`;
  throw new ConvexError({ code: "channel_is_target", message });
}
