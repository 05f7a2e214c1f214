import type { APIAttachment, APIMessage } from "discord.js";
import { expect, test } from "vitest";
import { createEvent, deleteEvent, hasBody, isCaptured, updateEvent } from "./source-event.ts";

const place = { channelId: "100", threadId: null };
const POSTED = "2026-02-14T10:00:00.000Z";
const message = {
  id: "1340000000000000000",
  type: 0,
  channel_id: "100",
  author: { id: "7", username: "mara", global_name: "Mara", avatar: null },
  content: "BTC long",
  timestamp: POSTED,
  edited_timestamp: null,
  embeds: [],
  attachments: [],
} as unknown as APIMessage;

test("a post becomes a create at Discord's time", () => {
  expect(createEvent(message, place)).toMatchObject({
    type: "create",
    messageId: message.id,
    channelId: "100",
    occurredAt: Date.parse(POSTED),
    author: { id: "7", name: "Mara" },
    content: "BTC long",
  });
});

test("an edit carries the time of the edit", () => {
  const edited = { ...message, edited_timestamp: "2026-02-14T10:00:30.000Z" };
  expect(updateEvent(edited, place)?.occurredAt).toBe(Date.parse("2026-02-14T10:00:30.000Z"));
});

test("a late link preview brings its embeds only, so that nothing looks edited", () => {
  const previewed = { ...message, embeds: [{ title: "chart" }] };
  expect(updateEvent(previewed, place)).toEqual({
    type: "update",
    messageId: message.id,
    channelId: "100",
    occurredAt: Date.parse(POSTED),
    embeds: [{ title: "chart" }],
  });
});

test("a pin changes nothing", () => {
  expect(updateEvent(message, place)).toBeNull();
});

test("a post in a thread counts under the parent channel", () => {
  expect(createEvent(message, { channelId: "100", threadId: "101" })).toMatchObject({
    channelId: "100",
    threadId: "101",
  });
});

test("only a reply names what it replies to; a forward does not", () => {
  const reference = { message_id: "55", channel_id: "100" };
  const reply = { ...message, type: 19, message_reference: reference } as APIMessage;
  const forward = { ...message, message_reference: { ...reference, type: 1 } } as APIMessage;
  expect(createEvent(reply, place)).toMatchObject({ replyTo: "55" });
  expect(createEvent(forward, place)).not.toHaveProperty("replyTo");
});

test("a deletion is never dated before the post, whatever this machine's clock says", () => {
  const beforeItWasPosted = 1_000;
  expect(deleteEvent(message.id, place, beforeItWasPosted).occurredAt).toBeGreaterThan(
    Date.parse("2025-01-01"),
  );
});

test("joins and pins, programs and the bot itself are not captured", () => {
  const person = message.author;
  const captured = (type: number, author: object, allowBots = false) =>
    isCaptured({ type, author: { ...person, ...author } }, { allowBots }, "900");
  expect([0, 19, 6, 7].map((type) => captured(type, {}))).toEqual([true, true, false, false]);
  expect([captured(0, { bot: true }), captured(0, { bot: true }, true)]).toEqual([false, true]);
  expect(captured(0, { id: "900", bot: true }, true)).toBe(false);
});

test("a sticker alone is nothing to capture", () => {
  expect([hasBody(message), hasBody({ ...message, content: " " })]).toEqual([true, false]);
});

test("a file name is cut to what ingest takes, keeping its ending", () => {
  const filename = `${"x".repeat(300)}.png`;
  const file = { id: "1", filename, url: "https://cdn/x", size: 1 } as APIAttachment;
  const [attachment] = createEvent({ ...message, attachments: [file] }, place).attachments ?? [];
  expect(attachment?.name).toMatch(/^x{176}\.png$/);
});

test("a card's pictures are taken by way of Discord, which has them", () => {
  const proxied = "https://images-ext-1.discordapp.net/external/x/https/a.test/b.png";
  const image = { url: "https://a.test/b.png", proxy_url: proxied };
  const embeds = [{ image, thumbnail: { url: "https://a.test/t.png" } }];
  const [card] = createEvent({ ...message, embeds }, place).embeds ?? [];
  expect(card).toEqual({ imageUrl: proxied, thumbnailUrl: "https://a.test/t.png" });
});
