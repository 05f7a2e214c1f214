import { parseSourceEvent } from "@heliograph/domain";
import {
  type APIAttachment,
  type APIMessage,
  type APIStickerItem,
  MessageFlags,
  StickerFormatType,
} from "discord.js";
import { describe, expect, test } from "vitest";
import { createEvent, deleteEvent, hasBody, isCaptured, updateEvents } from "./source-event.ts";

const place = { channelId: "100", threadId: null };
const POSTED = "2026-02-14T10:00:00.000Z";
const EDITED = "2026-02-14T10:00:30.000Z";
const POSTED_MS = Date.parse(POSTED);
const EDITED_MS = Date.parse(EDITED);
const NOW_MS = POSTED_MS + 60 * 60_000;
const base = {
  id: "1472174862336000000",
  type: 0,
  channel_id: "100",
  author: { id: "7", username: "mara", global_name: "Mara", avatar: null },
  content: "BTC long",
  timestamp: POSTED,
  edited_timestamp: null,
  embeds: [],
  attachments: [],
};
const message = (changes: object = {}) => ({ ...base, ...changes }) as unknown as APIMessage;

const file = (id: string) =>
  ({ id, filename: `${id}.png`, url: `https://cdn/${id}.png`, size: 1 }) as APIAttachment;
const sticker = (format_type: StickerFormatType) =>
  ({ id: "9", name: "rocket", format_type }) as APIStickerItem;
const snapshot = (inner: object) => ({
  content: "",
  message_reference: { type: 1, message_id: "55", channel_id: "3" },
  message_snapshots: [{ message: { ...base, ...inner } }],
});
const poll = {
  question: { text: "Up or down?" },
  answers: [
    { answer_id: 1, poll_media: { text: "Up", emoji: { id: null, name: "🚀" } } },
    { answer_id: 2, poll_media: { text: "Down" } },
  ],
};
const files = (count: number) => Array.from({ length: count }, (_, index) => file(`f${index}`));

describe("a post becomes a create", () => {
  test.each<[string, object, object]>([
    ["text", {}, { content: "BTC long", author: { id: "7", name: "Mara" } }],
    ["embeds only", { content: "", embeds: [{ title: "Card" }] }, { embeds: [{ title: "Card" }] }],
    ["images only", { content: "", attachments: [file("a")] }, { content: "" }],
    [
      "a reply",
      { type: 19, message_reference: { message_id: "55", channel_id: "100" } },
      { replyTo: "55" },
    ],
    ["a forward", snapshot({ content: "ETH short" }), { content: "↪ Forwarded\nETH short" }],
    [
      "a forward of a picture and a card",
      snapshot({ content: "", attachments: [file("a")], embeds: [{ title: "Card" }] }),
      {
        content: "↪ Forwarded",
        embeds: [{ title: "Card" }],
        attachments: [{ id: "a", name: "a.png", url: "https://cdn/a.png", size: 1 }],
      },
    ],
    [
      "a sticker",
      { content: "", sticker_items: [sticker(StickerFormatType.PNG)] },
      {
        attachments: [
          {
            id: "9",
            name: "rocket.png",
            url: "https://cdn.discordapp.com/stickers/9.png",
            contentType: "image/png",
          },
        ],
      },
    ],
    [
      "a moving sticker",
      { sticker_items: [sticker(StickerFormatType.GIF)] },
      { attachments: [expect.objectContaining({ name: "rocket.gif" })] },
    ],
    [
      "a sticker that is no picture",
      { content: "", sticker_items: [sticker(StickerFormatType.Lottie)] },
      { content: "[Sticker: rocket]", attachments: [] },
    ],
    ["a poll", { content: "", poll }, { content: "📊 **Up or down?**\n• 🚀 Up\n• Down" }],
    ["ten files and a sticker", { attachments: files(10), sticker_items: [sticker(1)] }, {}],
    ["a copy from an announcement channel", { flags: 2, webhook_id: "8" }, { content: "BTC long" }],
  ])("%s", (_, changes, wanted) => {
    const event = createEvent(message(changes), place);
    const head = { type: "create", messageId: base.id, channelId: "100", occurredAt: POSTED_MS };
    expect(event).toMatchObject({ ...head, ...wanted });
    expect(hasBody(message(changes))).toBe(true);
    expect(parseSourceEvent(event, { nowMs: NOW_MS })).toMatchObject({ ok: true });
  });

  test("a forward and a copy name nothing they reply to", () => {
    const copied = { message_reference: { message_id: "55", channel_id: "3" }, webhook_id: "8" };
    for (const changes of [snapshot({}), copied]) {
      expect(createEvent(message(changes), place)).not.toHaveProperty("replyTo");
    }
  });

  test("in a thread it counts under the parent channel", () => {
    const event = createEvent(message(), { channelId: "100", threadId: "101" });
    expect(event).toMatchObject({ channelId: "100", threadId: "101", content: "BTC long" });
  });

  test("the first of a forum post carries its title, the others do not", () => {
    const thread = { channelId: "100", threadId: base.id, threadName: "BTC swing" };
    expect(createEvent(message(), thread).content).toBe("**BTC swing**\nBTC long");
    expect(createEvent(message({ id: "1472174862336000001" }), thread).content).toBe("BTC long");
  });

  test("a file name is cut to what ingest takes, keeping its ending", () => {
    const long = { ...file("1"), filename: `${"x".repeat(300)}.png` };
    const [attachment] = createEvent(message({ attachments: [long] }), place).attachments ?? [];
    expect(attachment?.name).toMatch(/^x{176}\.png$/);
  });

  test("what ingest would not take of a card is left out, the rest arrives", () => {
    const card = {
      title: "Card",
      url: "javascript:alert(1)",
      author: { name: " ", url: "https://a.example" },
      image: { url: `https://a.example/${"x".repeat(2_048)}` },
      footer: {},
    };
    expect(createEvent(message({ embeds: [card, { type: "rich" }] }), place).embeds).toEqual([
      { title: "Card" },
    ]);
  });

  test("a text that a title makes too long is cut", () => {
    const thread = { channelId: "100", threadId: base.id, threadName: "BTC swing" };
    const event = createEvent(message({ content: "x".repeat(4_000) }), thread);
    expect(event.content).toHaveLength(4_000);
  });
});

describe("an update", () => {
  const embeds = [{ title: "chart" }];
  const head = { type: "update", messageId: base.id, channelId: "100" };

  test.each<[string, object, object[]]>([
    [
      "an edit carries the time of the edit",
      { edited_timestamp: EDITED },
      [{ ...head, content: "BTC long", occurredAt: EDITED_MS }],
    ],
    [
      "a late link preview is its cards alone",
      { embeds },
      [{ ...head, embeds, occurredAt: POSTED_MS }],
    ],
    ["a pin is nothing", { pinned: true }, []],
    ["votes in a poll are nothing", { poll }, []],
    ["publishing is nothing", { flags: MessageFlags.Crossposted }, []],
    [
      "hidden previews are taken away",
      { flags: MessageFlags.SuppressEmbeds },
      [{ ...head, embeds: [], occurredAt: POSTED_MS + 1 }],
    ],
    [
      "an edit with hidden previews is both",
      { edited_timestamp: EDITED, flags: MessageFlags.SuppressEmbeds },
      [
        { ...head, content: "BTC long", occurredAt: EDITED_MS },
        { ...head, embeds: [], occurredAt: EDITED_MS + 1 },
      ],
    ],
    [
      "a copy whose original is gone is a deletion",
      { flags: MessageFlags.SourceMessageDeleted | MessageFlags.IsCrosspost },
      [{ ...head, type: "delete", occurredAt: NOW_MS }],
    ],
  ])("%s", (_, changes, wanted) => {
    const events = updateEvents(message(changes), place, NOW_MS);
    expect(events).toMatchObject(wanted);
    expect(events).toHaveLength(wanted.length);
    for (const event of events) {
      expect(parseSourceEvent(event, { nowMs: NOW_MS })).toMatchObject({ ok: true });
    }
  });

  test("a preview touches nothing but the cards, so that nothing looks edited", () => {
    const [event] = updateEvents(message({ embeds }), place, NOW_MS);
    expect(event).toEqual({ ...head, embeds, occurredAt: POSTED_MS });
  });
});

test("a deletion is never dated before the post, whatever this machine's clock says", () => {
  expect(deleteEvent(base.id, place, 1_000).occurredAt).toBeGreaterThan(Date.parse("2025-01-01"));
});

describe("who is captured", () => {
  const nobody = { allowBots: false, allowedAuthors: [] };
  const bot = { author: { ...base.author, id: "8", bot: true } };
  const webhook = { ...bot, webhook_id: "8" };
  const copy = { ...webhook, message_reference: { channel_id: "66", message_id: "1" } };

  test.each<[string, object, object, boolean]>([
    ["a person", {}, nobody, true],
    ["a person's reply", { type: 19 }, nobody, true],
    ["a pin notice", { type: 6 }, nobody, false],
    ["somebody joining", { type: 7 }, nobody, false],
    ["the notice of a thread", { type: 18 }, nobody, false],
    ["the head of a thread", { type: 21 }, nobody, false],
    ["the results of a poll", { type: 46 }, nobody, false],
    ["a bot", bot, nobody, false],
    ["a bot where all are let in", bot, { ...nobody, allowBots: true }, true],
    ["a bot on the list", bot, { ...nobody, allowedAuthors: ["8"] }, true],
    ["a bot that is not on the list", bot, { ...nobody, allowedAuthors: ["9"] }, false],
    ["a bot's answer to a command", { ...bot, type: 20 }, { ...nobody, allowBots: true }, true],
    ["a webhook", webhook, nobody, false],
    ["a webhook on the list", webhook, { ...nobody, allowedAuthors: ["8"] }, true],
    [
      "a webhook by its application",
      { ...webhook, application_id: "77" },
      { ...nobody, allowedAuthors: ["77"] },
      true,
    ],
    ["a copy from a listed channel", copy, { ...nobody, allowedAuthors: ["66"] }, true],
    [
      "the bot itself",
      { author: { ...base.author, id: "900", bot: true } },
      { ...nobody, allowBots: true },
      false,
    ],
    [
      "the bot's own webhook",
      { ...webhook, application_id: "900" },
      { ...nobody, allowBots: true },
      false,
    ],
  ])("%s", (_, changes, source, wanted) => {
    expect(isCaptured(message(changes), { ...nobody, ...source }, "900")).toBe(wanted);
  });
});

test.each<[string, object, boolean]>([
  ["nothing at all", { content: " " }, false],
  ["a poll", { content: "", poll }, true],
  ["a forward", snapshot({ content: "x" }), true],
])("%s has a body: %#", (_, changes, wanted) => {
  expect(hasBody(message(changes))).toBe(wanted);
});

test("a card's pictures are taken by way of Discord, which has them", () => {
  const proxied = "https://images-ext-1.discordapp.net/external/x/https/a.test/b.png";
  const image = { url: "https://a.test/b.png", proxy_url: proxied };
  const embeds = [{ image, thumbnail: { url: "https://a.test/t.png" } }];
  const [card] = createEvent(message({ embeds }), place).embeds ?? [];
  expect(card).toEqual({ imageUrl: proxied, thumbnailUrl: "https://a.test/t.png" });
});
