import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RefusalCode } from "./field-reading.ts";
import { parseSourceEvent } from "./parse-source-event.ts";

const NOW = 1_700_000_000_000;
const EVENT = { type: "create", messageId: "m1", channelId: "c1", occurredAt: NOW, content: "hi" };

function parse(input: unknown) {
  return parseSourceEvent(input, { nowMs: NOW });
}

function refusalOf(change: Record<string, unknown>): string {
  const parsed = parse({ ...EVENT, ...change });
  return parsed.ok ? "accepted" : parsed.code;
}

const REFUSALS: [RefusalCode, Record<string, unknown>][] = [
  ["unknown_field", { occuredAt: NOW }],
  ["unknown_field", { author: { id: "u", name: "Ada", admin: true } }],
  ["missing_field", { messageId: undefined }],
  ["missing_field", { channelId: null }],
  ["missing_field", { occurredAt: undefined }],
  ["missing_field", { author: { id: "u", name: "  " } }],
  ["missing_field", { attachments: [{ id: "a", name: "c.png" }] }],
  ["wrong_type", { messageId: 123 }],
  ["wrong_type", { occurredAt: "2024-01-01" }],
  ["wrong_type", { occurredAt: NOW + 0.5 }],
  ["wrong_type", { occurredAt: Number.NaN }],
  ["wrong_type", { content: ["hi"] }],
  ["wrong_type", { embeds: {} }],
  ["wrong_type", { attachments: [{ id: "a", name: "n", url: "https://x.test", size: -1 }] }],
  ["wrong_type", { embeds: [{ color: 0x1000000 }] }],
  ["not_an_object", { author: "Ada" }],
  ["not_an_object", { embeds: ["card"] }],
  ["bad_id", { messageId: "" }],
  ["bad_id", { messageId: "a b" }],
  ["bad_id", { replyTo: "é" }],
  ["bad_id", { channelId: "x".repeat(129) }],
  ["bad_type", { type: "edit" }],
  ["bad_kind", { kind: "other" }],
  ["bad_url", { author: { id: "u", name: "Ada", avatarUrl: "javascript:alert(1)" } }],
  ["bad_url", { embeds: [{ image: { url: "attachment://c.png" } }] }],
  ["time_too_old", { occurredAt: 1_700_000_000 }],
  ["time_in_future", { occurredAt: NOW + 11 * 60_000 }],
  ["text_too_long", { content: "x".repeat(4001) }],
  ["text_too_long", { embeds: [{ title: "x".repeat(257) }] }],
  ["too_many_embeds", { embeds: Array.from({ length: 11 }, () => ({ title: "t" })) }],
  [
    "embeds_too_long",
    { embeds: [{ description: "x".repeat(4000) }, { description: "x".repeat(2001) }] },
  ],
  ["too_many_attachments", { attachments: Array.from({ length: 11 }, () => ({})) }],
  ["empty_message", { content: "  " }],
  ["empty_message", { content: undefined, embeds: [] }],
];

describe("refusals", () => {
  test.each(REFUSALS)("[EVT1] %s is the code for %j", (code, change) => {
    expect(refusalOf(change)).toBe(code);
  });

  test.each([null, undefined, 7, "text", [EVENT]])("[EVT1] %j is not an object", (input) => {
    expect(parse(input)).toMatchObject({ ok: false, code: "not_an_object" });
  });

  test("[EVT1] the message names the field and what to send instead", () => {
    expect(parse({ ...EVENT, attachments: [{ id: "a", name: "n", url: "ftp://x" }] })).toEqual({
      ok: false,
      code: "bad_url",
      message:
        "attachments[0].url is not an address; send one that begins with https:// or http://",
    });
  });

  test("[EVT1] no input makes the parser throw", () => {
    fc.assert(fc.property(fc.anything(), (input) => void parse(input)));
    const nearly = fc.dictionary(fc.constantFrom(...Object.keys(EVENT), "embeds"), fc.anything());
    fc.assert(fc.property(nearly, (fields) => void parse({ ...EVENT, ...fields })));
  });
});

describe("accepted events", () => {
  test("[EVT2] a full event comes back as it was sent", () => {
    const full = {
      ...EVENT,
      threadId: "t1",
      author: { id: "u1", name: "Ada", avatarUrl: "https://cdn.test/a.png" },
      embeds: [{ title: "T", color: 255, fields: [{ name: "a", value: "b", inline: true }] }],
      attachments: [{ id: "a1", name: "c.png", url: "https://cdn.test/c.png?ex=1", size: 12 }],
      replyTo: "m0",
      kind: "entry",
    };
    expect(parse(full)).toEqual({ ok: true, event: full });
  });

  test("[EVT2] null fields count as left out and half characters are replaced", () => {
    const parsed = parse({ ...EVENT, content: "a\ud800b", embeds: null, kind: null });
    expect(parsed).toEqual({ ok: true, event: { ...EVENT, content: "a\ufffdb" } });
  });

  test("[EVT2] an embed in Discord's own spelling is read as ours", () => {
    const discord = {
      type: "rich",
      title: "T",
      image: { url: "https://cdn.test/i.png", proxy_url: "https://p.test/i.png", width: 4 },
      thumbnail: { url: "https://cdn.test/t.png" },
      footer: { text: "foot" },
      author: { name: "A", icon_url: "https://cdn.test/a.png" },
      timestamp: "2024-01-01T00:00:00.000Z",
    };
    expect(parse({ ...EVENT, embeds: [discord] })).toMatchObject({
      event: {
        embeds: [
          {
            title: "T",
            imageUrl: "https://cdn.test/i.png",
            thumbnailUrl: "https://cdn.test/t.png",
            footer: "foot",
            author: { name: "A", iconUrl: "https://cdn.test/a.png" },
            timestampMs: 1_704_067_200_000,
          },
        ],
      },
    });
  });

  test("[EVT2] an update may carry nothing but what changed", () => {
    const change = {
      type: "update",
      messageId: "m1",
      channelId: "c1",
      occurredAt: NOW,
      content: "",
    };
    expect(parse(change)).toEqual({ ok: true, event: change });
  });

  test("[EVT3] a delete is read whatever its other fields hold, and keeps none of them", () => {
    const { content: _, ...head } = { ...EVENT, type: "delete" };
    expect(parse({ ...head, content: 7, author: "x" })).toEqual({ ok: true, event: head });
    expect(refusalOf({ type: "delete", messageId: undefined })).toBe("missing_field");
  });

  test("[EVT4] ten minutes ahead is accepted, a millisecond more is not", () => {
    expect(refusalOf({ occurredAt: NOW + 600_000 })).toBe("accepted");
    expect(refusalOf({ occurredAt: NOW + 600_001 })).toBe("time_in_future");
    expect(refusalOf({ occurredAt: 1_420_070_399_999 })).toBe("time_too_old");
  });

  test("[EVT5] a create may carry a file or an embed alone", () => {
    const files = [{ id: "a1", name: "c.png", url: "https://cdn.test/c.png" }];
    expect(refusalOf({ content: undefined, attachments: files })).toBe("accepted");
    expect(refusalOf({ content: undefined, embeds: [{ title: "T" }] })).toBe("accepted");
  });
});

test("[EVT1] every code of a refusal is explained in docs/ingest.md", () => {
  const text = readFileSync(new URL("../../../docs/ingest.md", import.meta.url), "utf8");
  for (const [code] of REFUSALS) expect(text).toContain(`\`${code}\``);
});

test("[EVT1] a text that is almost an address is refused in time that grows with its length only", () => {
  const url = `https://${"a".repeat(2000)} `;
  const attachments = [{ id: "a", name: "c.png", url }];
  const startMs = performance.now();
  for (let count = 0; count < 1000; count += 1) expect(refusalOf({ attachments })).toBe("bad_url");
  expect(performance.now() - startMs).toBeLessThan(700); // trying every split takes over two seconds
});
