/**
 * Reads over REST what the gateway did not deliver for one source: posts, edits and
 * deletions since a while ago, in the channel and in its threads. Ingest folds repeats
 * away.
 *
 *          oldest of the newest 100 known    last known     now
 *   ---------------|---k--k-----k---?---k--------|---?--?----|
 *                  |<------------ read again --------------->|
 *
 * It begins before the last known message on purpose: a live post may have been
 * stored before a missed one was read, so what is missing can lie in between. Where
 * little is known, it begins when the gap did.
 */
import { type APIMessage, type REST, Routes, SnowflakeUtil } from "discord.js";
import type { Backend, CaptureGap, WatchedSource } from "../backend.ts";
import { isUnknownChannel, isUnknownMessage } from "../mirror/discord-error.ts";
import type { EventOutbox } from "./event-outbox.ts";
import type { IgnoredMessages } from "./ignored-messages.ts";
import {
  createEvent,
  deleteEvent,
  hasBody,
  isCaptured,
  type MessagePlace,
  updateEvents,
} from "./source-event.ts";
import { listRecentThreads } from "./source-threads.ts";

const PAGE = 100; // Discord's largest
/** An id of Discord's. What came in over HTTP may have others. */
export const SNOWFLAKE = /^\d{17,20}$/;

export interface BackfillDoors {
  readonly rest: Pick<REST, "get">;
  readonly backend: Pick<Backend, "recentMessages" | "capturedThreads" | "lastMessage">;
  readonly outbox: Pick<EventOutbox, "add">;
  readonly ignored: IgnoredMessages;
  readonly botUserId: string;
  /** Server time, in whole ms. */
  readonly nowMs: () => number;
}

/** What is to be read: everything since then, and why it was not heard. */
export interface Gap {
  readonly source: WatchedSource;
  readonly sinceMs: number;
  readonly cause: CaptureGap["cause"];
}

/**
 * Resolves when everything missed has been handed to the outbox, with the number of posts and
 * deletions nobody knew of. Rejects when Discord or the backend refuses.
 */
export async function backfill(gap: Gap, doors: BackfillDoors): Promise<number> {
  const { channelId } = gap.source;
  const { threads, holdsPosts } = await listRecentThreads(gap.source, doors);
  let recovered = holdsPosts ? await backfillPlace({ channelId, threadId: null }, gap, doors) : 0;
  for (const { id, name } of threads) {
    recovered += await backfillPlace({ channelId, threadId: id, threadName: name }, gap, doors);
  }
  const listed = new Set(threads.map(({ id }) => id));
  for (const threadId of await doors.backend.capturedThreads(channelId)) {
    if (listed.has(threadId) || !SNOWFLAKE.test(threadId)) continue;
    if (await isThreadGone(threadId, doors.rest)) {
      recovered += await forgetThread(gap.source, threadId, doors);
    }
  }
  return recovered;
}

/** A thread is gone: so is what was posted in it. Resolves with how much that was. */
export async function forgetThread(
  source: WatchedSource,
  threadId: string,
  { backend, outbox, nowMs }: ThreadDoors,
): Promise<number> {
  const place = { channelId: source.channelId, threadId };
  const messageIds = await backend.recentMessages(source.channelId, threadId);
  for (const messageId of messageIds) {
    outbox.add(deleteEvent(messageId, place, nowMs()), nowMs(), "missed");
  }
  return messageIds.length;
}

interface ThreadDoors extends Pick<BackfillDoors, "outbox" | "nowMs"> {
  readonly backend: Pick<Backend, "recentMessages">;
}

async function isThreadGone(threadId: string, rest: Pick<REST, "get">): Promise<boolean> {
  try {
    await rest.get(Routes.channel(threadId));
    return false;
  } catch (error) {
    if (isUnknownChannel(error)) return true;
    throw error;
  }
}

async function backfillPlace(place: MessagePlace, gap: Gap, doors: BackfillDoors): Promise<number> {
  const known = new Set(await knownMessages(place, doors));
  const standing = new Set<string>();
  const readFrom = place.threadId ?? place.channelId;
  let recovered = 0;
  for await (const message of messagesAfter(readFrom, startOf(known, gap), doors.rest)) {
    standing.add(message.id);
    recovered += offer(message, { place, isKnown: known.has(message.id) }, gap.source, doors);
  }
  for (const messageId of known) {
    if (standing.has(messageId) || !(await isGone(readFrom, messageId, doors.rest))) continue;
    const nowMs = doors.nowMs();
    doors.outbox.add(deleteEvent(messageId, place, nowMs), nowMs, "missed");
    recovered += 1;
  }
  return recovered;
}

/** What the backend shows of this place; where it shows nothing of a channel, the last it ever had. */
async function knownMessages(
  { channelId, threadId }: MessagePlace,
  { backend }: BackfillDoors,
): Promise<string[]> {
  const ids = await backend.recentMessages(channelId, threadId);
  const recent = ids.filter((id) => SNOWFLAKE.test(id));
  if (recent.length > 0 || threadId !== null) return recent;
  const last = await backend.lastMessage(channelId);
  return last !== null && SNOWFLAKE.test(last) ? [last] : [];
}

/** The id to read after: just before the oldest known, and never later than the gap began. */
function startOf(known: ReadonlySet<string>, { sinceMs }: Gap): string {
  let start = SnowflakeUtil.generate({ timestamp: sinceMs, increment: 0n });
  for (const id of known) {
    const justBefore = BigInt(id) - 1n;
    if (justBefore < start) start = justBefore;
  }
  return String(start);
}

/** 1 if the message was not known, else 0. */
function offer(
  message: APIMessage,
  { place, isKnown }: { place: MessagePlace; isKnown: boolean },
  source: WatchedSource,
  { outbox, ignored, botUserId, nowMs }: BackfillDoors,
): number {
  if (!isCaptured(message, source, botUserId) || !(isKnown || hasBody(message))) {
    ignored.add(message.id);
    return 0;
  }
  if (!isKnown) outbox.add(createEvent(message, place), nowMs(), "missed");
  const isNews = isKnown || message.edited_timestamp !== null; // the create has the preview already
  if (!isNews) return 1;
  for (const event of updateEvents(message, place, nowMs())) outbox.add(event, nowMs(), "missed");
  return isKnown ? 0 : 1;
}

/**
 * Asks for that one message: a channel whose history the bot may not read looks
 * empty, and a deletion cannot be taken back.
 */
async function isGone(
  channelId: string,
  messageId: string,
  rest: Pick<REST, "get">,
): Promise<boolean> {
  try {
    await rest.get(Routes.channelMessage(channelId, messageId));
    return false;
  } catch (error) {
    if (isUnknownMessage(error)) return true;
    throw error;
  }
}

/** Oldest first. */
async function* messagesAfter(
  channelId: string,
  messageId: string,
  rest: Pick<REST, "get">,
): AsyncGenerator<APIMessage> {
  for (let after = messageId; ; ) {
    const query = new URLSearchParams({ limit: String(PAGE), after });
    const page = (await rest.get(Routes.channelMessages(channelId), { query })) as APIMessage[];
    page.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.id;
  }
}
