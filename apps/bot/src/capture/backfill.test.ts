import type { SourceEvent } from "@heliograph/domain";
import { SnowflakeUtil } from "discord.js";
import { expect, test } from "vitest";
import { apiError } from "../../test/memory-channel.ts";
import type { WatchedSource } from "../backend.ts";
import { backfill } from "./backfill.ts";
import { IgnoredMessages } from "./ignored-messages.ts";

const NOW_MS = Date.parse("2026-02-14T10:00:00.000Z");
const source = {
  channelId: "100",
  guildId: "1",
  allowBots: false,
  allowedAuthors: [] as string[],
} as WatchedSource;
const idAt = (agoMs: number) => String(SnowflakeUtil.generate({ timestamp: NOW_MS - agoMs }));
const HOUR_MS = 60 * 60_000;

interface Situation {
  readonly known: readonly string[];
  /** Ids Discord lists. */
  readonly listed: readonly string[];
  /** Ids Discord has, listed or not. */
  readonly standing?: readonly string[];
  readonly last?: string;
  readonly sinceMs?: number;
  /** Of the channel. */
  readonly type?: number;
  /** Ids in the one thread of the last days. */
  readonly threadMessages?: readonly string[];
  /** Ids of threads the backend knows; each has the posts of `known`. */
  readonly capturedThreads?: readonly string[];
}

const thread = (id: string, hoursAgo = 0) => {
  return { id, name: "BTC swing", parent_id: "100", last_message_id: idAt(hoursAgo * HOUR_MS) };
};

async function read({
  known,
  listed,
  standing = listed,
  last,
  sinceMs = NOW_MS - HOUR_MS,
  type = 0,
  threadMessages = [],
  capturedThreads = [],
}: Situation) {
  const archived = threadMessages.length === 0 ? [] : [thread("101"), thread("102", 8 * 24)];
  const events: SourceEvent[] = [];
  const starts: string[] = [];
  const get = async (route: string, options?: { query?: URLSearchParams }): Promise<unknown> => {
    if (route === "/channels/100") return { type, guild_id: "1" };
    if (route.includes("/threads/")) return { threads: route.includes("archived") ? archived : [] };
    if (route.startsWith("/channels/101/")) return threadMessages.map(messageOf);
    const after = options?.query?.get("after");
    if (typeof after === "string") {
      starts.push(after);
      const page = listed.filter((id) => BigInt(id) > BigInt(after)).slice(0, 100);
      return page.reverse().map(messageOf);
    }
    if (/^\/channels\/\d+$/.test(route)) throw apiError(10_003, 404, "Unknown Channel");
    if (standing.some((id) => route.endsWith(id))) return {};
    throw apiError(10_008, 404, "Unknown Message");
  };
  const recovered = await backfill(
    { source, sinceMs, cause: "start" },
    {
      rest: { get },
      backend: {
        recentMessages: async (_, threadId) =>
          threadId === null || capturedThreads.includes(threadId) ? known : [],
        capturedThreads: async () => capturedThreads,
        lastMessage: async () => last ?? null,
      },
      outbox: { add: (event) => events.push(event) },
      ignored: new IgnoredMessages(),
      botUserId: "900",
      nowMs: () => NOW_MS,
    },
  );
  const told = events.map((event) => `${event.type} ${event.messageId}`);
  return { events: told, threads: events.map(({ threadId }) => threadId), starts, recovered };
}

function messageOf(id: string) {
  return {
    id,
    type: 0,
    author: { id: "7", username: "mara", avatar: null },
    content: "BTC long",
    timestamp: new Date(SnowflakeUtil.timestampFrom(id)).toISOString(),
    edited_timestamp: null,
    embeds: [],
    attachments: [],
  };
}

test("a channel that only looks empty deletes nothing", async () => {
  const known = [idAt(1_000), idAt(2_000)];
  expect((await read({ known, listed: [], standing: known })).events).toEqual([]);
});

test("what Discord does not have any more is deleted", async () => {
  const [kept, gone] = [idAt(2_000), idAt(1_000)];
  const { events } = await read({ known: [gone, kept], listed: [kept] });
  expect(events).toEqual([`delete ${gone}`]);
});

test("what was missed between two known messages is read", async () => {
  const [first, missed, second] = [idAt(3_000), idAt(2_000), idAt(1_000)];
  const { events } = await read({ known: [second, first], listed: [first, missed, second] });
  expect(events).toEqual([`create ${missed}`]);
});

test("pages are read until the newest, oldest first", async () => {
  const listed = Array.from({ length: 250 }, (_, index) => idAt((300 - index) * 1_000));
  const { events, starts } = await read({ known: [], listed });
  expect(events).toEqual(listed.map((id) => `create ${id}`));
  expect(starts).toHaveLength(3);
});

test("where little is known it is read from where the gap began", async () => {
  const listed = [idAt(30 * HOUR_MS), idAt(20 * HOUR_MS), idAt(1_000)];
  const { events, recovered } = await read({ known: [], listed, sinceMs: NOW_MS - 24 * HOUR_MS });
  expect(events).toEqual([`create ${listed[1]}`, `create ${listed[2]}`]);
  expect(recovered).toBe(2);
});

test("the threads of the last days are read, too", async () => {
  const [post, inThread] = [idAt(2_000), idAt(1_000)];
  const { events, threads } = await read({ known: [], listed: [post], threadMessages: [inThread] });
  expect(events).toEqual([`create ${post}`, `create ${inThread}`]);
  expect(threads).toEqual([undefined, "101"]);
});

test("what stood in a thread that is gone is deleted", async () => {
  const post = idAt(1_000);
  const { events, threads } = await read({
    known: [post],
    listed: [post],
    capturedThreads: ["1472174862336000777"],
  });
  expect(events).toEqual([`delete ${post}`]);
  expect(threads).toEqual(["1472174862336000777"]);
});

test("a forum holds posts in its threads only", async () => {
  const inThread = idAt(1_000);
  const { events } = await read({
    known: [],
    listed: [idAt(9)],
    type: 15,
    threadMessages: [inThread],
  });
  expect(events).toEqual([`create ${inThread}`]);
});

test("a new source starts with its last hour, not its history", async () => {
  const [old, recent] = [idAt(2 * HOUR_MS), idAt(HOUR_MS / 2)];
  expect((await read({ known: [], listed: [old, recent] })).events).toEqual([`create ${recent}`]);
});

test("a source whose posts were all deleted is read from the last of them", async () => {
  const [last, missed] = [idAt(48 * HOUR_MS), idAt(24 * HOUR_MS)];
  const { events } = await read({ known: [], last, listed: [missed] });
  expect(events).toContain(`create ${missed}`);
});

test("messages that did not come from Discord are left alone", async () => {
  expect((await read({ known: ["tv-alert-1"], listed: [] })).events).toEqual([]);
});
