/**
 * Reads over REST what the gateway did not deliver for one source channel: posts,
 * edits and deletions since a while ago. Ingest folds repeats away.
 *
 *          oldest of the newest 100 known    last known     now
 *   ---------------|---k--k-----k---?---k--------|---?--?----|
 *                  |<------------ read again --------------->|
 *
 * It begins before the last known message on purpose: a live post may have been
 * stored before a missed one was read, so what is missing can lie in between.
 */
import { type APIMessage, type REST, Routes, SnowflakeUtil } from "discord.js";
import type { Backend, WatchedSource } from "../backend.ts";
import { isUnknownMessage } from "../mirror/discord-error.ts";
import type { EventOutbox } from "./event-outbox.ts";
import type { IgnoredMessages } from "./ignored-messages.ts";
import { createEvent, deleteEvent, hasBody, isCaptured, updateEvent } from "./source-event.ts";

const PAGE = 100; // Discord's largest
const FIRST_LOOK_MS = 60 * 60_000; // a source nobody has captured yet starts with its last hour, not its history
const SNOWFLAKE = /^\d{17,20}$/; // what came in over HTTP may have other ids, and Discord knows nothing of it

export interface BackfillDoors {
  readonly rest: Pick<REST, "get">;
  readonly backend: Pick<Backend, "recentMessages" | "lastMessage">;
  readonly outbox: Pick<EventOutbox, "add">;
  readonly ignored: IgnoredMessages;
  readonly botUserId: string;
  /** Server time, in whole ms. */
  readonly nowMs: () => number;
}

/** Resolves when everything missed has been handed to the outbox. Rejects when Discord or the backend refuses. */
export async function backfill(source: WatchedSource, doors: BackfillDoors): Promise<void> {
  const known = new Set(await knownMessages(source.channelId, doors));
  const standing = new Set<string>();
  for await (const message of messagesAfter(source.channelId, startOf(known, doors), doors.rest)) {
    standing.add(message.id);
    offer(message, known.has(message.id), source, doors);
  }
  const place = { channelId: source.channelId, threadId: null };
  for (const messageId of known) {
    if (standing.has(messageId) || !(await isGone(source.channelId, messageId, doors.rest)))
      continue;
    const nowMs = doors.nowMs();
    doors.outbox.add(deleteEvent(messageId, place, nowMs), nowMs, "missed");
  }
}

/** What the backend shows of this channel; where it shows nothing, the last it ever had. */
async function knownMessages(channelId: string, { backend }: BackfillDoors): Promise<string[]> {
  const recent = (await backend.recentMessages(channelId)).filter((id) => SNOWFLAKE.test(id));
  if (recent.length > 0) return recent;
  const last = await backend.lastMessage(channelId);
  return last !== null && SNOWFLAKE.test(last) ? [last] : [];
}

/** The id to read after: just before the oldest known, and never less than the last hour. */
function startOf(known: ReadonlySet<string>, { nowMs }: BackfillDoors): string {
  let start = SnowflakeUtil.generate({ timestamp: nowMs() - FIRST_LOOK_MS, increment: 0n });
  for (const id of known) {
    const justBefore = BigInt(id) - 1n;
    if (justBefore < start) start = justBefore;
  }
  return String(start);
}

function offer(
  message: APIMessage,
  isKnown: boolean,
  source: WatchedSource,
  { outbox, ignored, botUserId, nowMs }: BackfillDoors,
): void {
  const place = { channelId: source.channelId, threadId: null };
  if (!isCaptured(message, source, botUserId) || !(isKnown || hasBody(message))) {
    ignored.add(message.id);
    return;
  }
  if (!isKnown) outbox.add(createEvent(message, place), nowMs(), "missed");
  const update = updateEvent(message, place);
  const isNews = isKnown || message.edited_timestamp !== null; // the create has the preview already
  if (update !== null && isNews) outbox.add(update, nowMs(), "missed");
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
