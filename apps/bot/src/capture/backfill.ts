/**
 * Reads over REST what the gateway did not deliver: after a start, a new session
 * or a new source, every message since the last one the backend has, and the
 * newest page again for edits and deletions meanwhile. Ingest folds repeats away.
 */
import { type APIMessage, type REST, Routes, SnowflakeUtil } from "discord.js";
import type { Backend, WatchedSource } from "../backend.ts";
import type { EventOutbox } from "./event-outbox.ts";
import { createEvent, deleteEvent, isPost, updateEvent } from "./source-event.ts";

const PAGE = 100; // Discord's largest
const FIRST_LOOK_MS = 60 * 60_000; // a source nobody has captured yet starts with its last hour, not its history

export interface BackfillOptions {
  readonly rest: REST;
  readonly backend: Pick<Backend, "recentMessages">;
  readonly outbox: Pick<EventOutbox, "add">;
  readonly botUserId: string;
  /** Server time, in ms. */
  readonly nowMs: () => number;
}

/** Resolves when everything missed has been handed to the outbox. Rejects when Discord or the backend refuses. */
export async function backfill(source: WatchedSource, options: BackfillOptions): Promise<void> {
  const known = await options.backend.recentMessages(source.channelId);
  const newest = await readPage(source.channelId, {}, options.rest);
  reportDeletions(source, known, newest, options);
  const firstId = SnowflakeUtil.generate({ timestamp: options.nowMs() - FIRST_LOOK_MS }).toString();
  const after = known[0] ?? firstId;
  const missed = await readAfter(source.channelId, after, options.rest);
  const knownIds = new Set(known);
  const edited = newest.filter(
    (message) => knownIds.has(message.id) && message.edited_timestamp !== null,
  );
  const place = { channelId: source.channelId, threadId: null };
  for (const message of missed.filter((one) => isCaptured(one, source, options))) {
    options.outbox.add(createEvent(message, place), options.nowMs());
    if (message.edited_timestamp !== null)
      options.outbox.add(updateEvent(message, place), options.nowMs());
  }
  for (const message of edited) options.outbox.add(updateEvent(message, place), options.nowMs());
}

/** What the backend still shows, within the range of the page just read, and Discord does not have. */
function reportDeletions(
  source: WatchedSource,
  known: readonly string[],
  page: readonly APIMessage[],
  options: BackfillOptions,
): void {
  const standing = new Set(page.map((message) => message.id));
  const oldest = page.length < PAGE ? 0n : BigInt(page.at(-1)?.id ?? 0);
  const nowMs = options.nowMs();
  for (const messageId of known) {
    if (BigInt(messageId) < oldest || standing.has(messageId)) continue;
    options.outbox.add(
      deleteEvent(messageId, { channelId: source.channelId, threadId: null }, nowMs),
      nowMs,
    );
  }
}

async function readAfter(channelId: string, messageId: string, rest: REST): Promise<APIMessage[]> {
  const all: APIMessage[] = [];
  let after = messageId;
  while (true) {
    const page = (await readPage(channelId, { after }, rest)).reverse(); // oldest first
    all.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return all;
    after = last.id;
  }
}

async function readPage(
  channelId: string,
  range: { after?: string },
  rest: REST,
): Promise<APIMessage[]> {
  const query = new URLSearchParams({ limit: String(PAGE), ...range });
  const page = (await rest.get(Routes.channelMessages(channelId), { query })) as APIMessage[];
  return page.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1)); // newest first, whatever the range
}

function isCaptured(message: APIMessage, source: WatchedSource, options: BackfillOptions): boolean {
  const fromBot = message.author.bot === true;
  return (
    isPost(message) && message.author.id !== options.botUserId && (source.allowBots || !fromBot)
  );
}
