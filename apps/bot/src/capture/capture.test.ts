import { EventEmitter } from "node:events";
import { parseSourceEvent, type SourceEvent } from "@heliograph/domain";
import { SnowflakeUtil } from "discord.js";
import { expect, test } from "vitest";
import { settled } from "../../test/manual-clock.ts";
import type { WatchedSource } from "../backend.ts";
import { Capture } from "./capture.ts";
import { IgnoredMessages } from "./ignored-messages.ts";
import { MessagePlaces } from "./message-places.ts";

const NOW_MS = Date.parse("2026-02-14T10:00:05.000Z");
const source = {
  channelId: "100",
  guildId: "1",
  allowBots: false,
  allowedAuthors: ["8"],
} as unknown as WatchedSource;
const message = {
  id: String(SnowflakeUtil.generate({ timestamp: NOW_MS - 5_000 })),
  channel_id: "100",
  guild_id: "1",
  type: 0,
  author: { id: "7", username: "mara", avatar: null },
  content: "BTC long",
  timestamp: "2026-02-14T10:00:00.000Z",
  edited_timestamp: null,
  embeds: [],
  attachments: [],
};

function listening(nowMs = NOW_MS) {
  const gateway = new EventEmitter();
  const events: SourceEvent[] = [];
  const errors: unknown[] = [];
  const asked: string[] = [];
  const gone: string[] = [];
  const places = new MessagePlaces({
    known: (channelId) => (channelId === "102" ? { threadOf: null } : undefined),
    fetchKind: async (channelId) => {
      asked.push(channelId);
      return { threadOf: channelId === "101" ? "100" : null, name: "BTC swing" };
    },
  });
  places.watch([source]);
  new Capture({
    outbox: { add: (event) => events.push(event) },
    places,
    ignored: new IgnoredMessages(),
    botUserId: () => "900",
    nowMs: () => nowMs,
    onThreadGone: (_, threadId) => gone.push(threadId),
    onError: (error) => errors.push(error),
  }).listen(gateway);
  return { gateway, events, errors, asked, gone };
}

const deletion = { id: message.id, channel_id: "100", guild_id: "1" };

test("a post, its edit and its deletion become events that ingest takes", () => {
  const { gateway, events } = listening();
  gateway.emit("MESSAGE_CREATE", message);
  const edited_timestamp = "2026-02-14T10:00:02.000Z";
  gateway.emit("MESSAGE_UPDATE", { ...message, edited_timestamp, content: "BTC short" });
  gateway.emit("MESSAGE_DELETE", deletion);
  expect(events.map(({ type }) => type)).toEqual(["create", "update", "delete"]);
  for (const event of events) expect(parseSourceEvent(event, { nowMs: NOW_MS }).ok).toBe(true);
});

test("several messages removed at once are as many deletions", () => {
  const { gateway, events } = listening();
  gateway.emit("MESSAGE_DELETE_BULK", { ...deletion, ids: [message.id, "1472174862336000001"] });
  expect(events).toHaveLength(2);
});

test("what happens to a message that was not captured leaves no trace", () => {
  const { gateway, events } = listening();
  gateway.emit("MESSAGE_CREATE", { ...message, author: { ...message.author, bot: true } });
  gateway.emit("MESSAGE_DELETE", deletion);
  expect(events).toEqual([]);
});

test("an old message that is pinned does not become a new signal", () => {
  const { gateway, events } = listening(NOW_MS + 2 * 60 * 60_000);
  gateway.emit("MESSAGE_UPDATE", { ...message, embeds: [{ title: "chart" }] });
  expect(events).toEqual([]);
});

test("a thread nobody told of is asked for once, and counts under its channel", async () => {
  const { gateway, events, asked } = listening();
  gateway.emit("MESSAGE_CREATE", { ...message, channel_id: "101" });
  gateway.emit("MESSAGE_CREATE", { ...message, channel_id: "101" });
  await settled();
  expect(asked).toEqual(["101"]);
  expect(events).toMatchObject([
    { channelId: "100", threadId: "101" },
    { channelId: "100", threadId: "101" },
  ]);
});

test("other channels, and other servers, are not asked for", async () => {
  const { gateway, events, asked } = listening();
  gateway.emit("MESSAGE_CREATE", { ...message, channel_id: "102" });
  gateway.emit("MESSAGE_CREATE", { ...message, channel_id: "103", guild_id: "2" });
  await settled();
  expect([asked, events]).toEqual([[], []]);
});

test("a payload that nobody foresaw is told and ends nothing", () => {
  const { gateway, events, errors } = listening();
  gateway.emit("MESSAGE_CREATE", { ...message, embeds: null });
  gateway.emit("MESSAGE_CREATE", message);
  expect([errors.length, events.length]).toEqual([1, 1]);
});

test("an answer of a listed bot that was empty at first is captured when it is there", () => {
  const { gateway, events } = listening();
  const answer = { ...message, type: 20, author: { ...message.author, id: "8", bot: true } };
  gateway.emit("MESSAGE_CREATE", { ...answer, content: "" });
  const edited_timestamp = "2026-02-14T10:00:02.000Z";
  gateway.emit("MESSAGE_UPDATE", { ...answer, edited_timestamp });
  expect(events).toMatchObject([
    { type: "create", content: "BTC long" },
    { type: "update", content: "BTC long" },
  ]);
});

test("a thread of a source that is gone is told, another's is not", () => {
  const { gateway, gone } = listening();
  gateway.emit("THREAD_DELETE", { id: "101", parent_id: "100" });
  gateway.emit("THREAD_DELETE", { id: "109", parent_id: "108" });
  expect(gone).toEqual(["101"]);
});
