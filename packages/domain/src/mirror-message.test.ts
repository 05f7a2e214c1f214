import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pingedBy, refusalsOf } from "../test/discord-rules.ts";
import { withoutMentions } from "./mention-firewall.ts";
import {
  bearsMark,
  type MirrorForm,
  type MirrorMessage,
  type MirrorPart,
  markOf,
  readMark,
  renderMirror as render,
  webhookName,
} from "./mirror-message.ts";
import { MIRROR_MODES } from "./mirroring/route-rules.ts";
import type { Embed } from "./source-event.ts";
import { shortenStart, shortenText } from "./text-splitting.ts";

const ROLE = "123456789012345678";
const MESSAGE: MirrorMessage = {
  content: "BTC long 64,200",
  embeds: [],
  attachments: [],
  authorName: "Ada",
  sourceName: "Majors",
  pingRoleId: null,
};

const MARK = markOf({ feed: "pro", seq: 12 });
const CARD = { author: { name: "Ada · Majors · Pro #12" } };

function renderMirror(
  message: MirrorMessage,
  purpose: MirrorForm["purpose"],
  form: Partial<MirrorForm> = {},
): MirrorPart[] {
  return render(message, { purpose, mode: "bot", mark: MARK, ...form });
}

/** Pieces of which random text puts mentions together, broken up and nested. */
const mentionPiece = fc.constantFrom(
  "<@&",
  "<@!",
  "<@",
  "<#",
  ">",
  "1",
  "99",
  ROLE,
  "@everyone",
  "@here",
  "@",
  "everyone",
  "here",
  "@Everyone",
  "\u200b",
  "\u200d",
  "\u2060",
  "\ufeff",
  "\u202e",
  "＠everyone",
  "<@&1>",
  "<@2>",
  "<#3>",
  `<@&${ROLE}>`,
  " ",
  "\n",
  "`",
  "```",
  "||",
  "\\",
  "text",
  "🚀",
);
const trickyText = fc
  .array(mentionPiece, { maxLength: 60, size: "max" })
  .map((pieces) => pieces.join(""));
const longText = fc
  .tuple(
    trickyText,
    fc.string({ unit: "grapheme", maxLength: 400, size: "max" }),
    fc.nat({ max: 12 }),
  )
  .map(([tricky, plain, times]) => `${tricky}${plain} `.repeat(times + 1));
const anyText = fc.oneof(
  trickyText,
  longText,
  fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
);
const optional = { requiredKeys: [] };
const embed: fc.Arbitrary<Embed> = fc.record(
  {
    title: anyText,
    description: anyText,
    footer: anyText,
    color: fc.nat({ max: 0xffffff }),
    imageUrl: fc.constant("https://files.test/c.png"),
    fields: fc.array(fc.record({ name: anyText, value: anyText }), { maxLength: 5 }),
  },
  optional,
);
const message: fc.Arbitrary<MirrorMessage> = fc.record({
  content: anyText,
  embeds: fc.array(embed, { maxLength: 4 }),
  attachments: fc.array(
    fc.record({
      id: fc.constant("a"),
      name: fc.constant("c.png"),
      url: fc.constant("https://files.test/c.png"),
    }),
    { maxLength: 12 },
  ),
  authorName: fc.option(anyText),
  sourceName: anyText,
  pingRoleId: fc.constantFrom(null, ROLE, "everyone", "1234", `${ROLE}> @everyone <@&1`, ""),
});
const formed = fc.record({
  mode: fc.constantFrom(...MIRROR_MODES),
  replyUrl: fc.constantFrom(undefined, "https://discord.com/channels/1/2/3"),
});
const purpose = fc.constantFrom("create" as const, "edit" as const);

describe("who is pinged", () => {
  test("[MIR1] over a corpus of tricks only the route's role is pinged, once, on create", () => {
    const property = fc.property(message, purpose, formed, (wanted, why, form) => {
      const pinged = renderMirror(wanted, why, form).flatMap(pingedBy);
      const isAllowed = why === "create" && wanted.pingRoleId === ROLE;
      expect(pinged).toEqual(isAllowed ? [ROLE] : []);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("[MIR2] every body says explicitly whom it may mention, whatever the text says", () => {
    const property = fc.property(message, purpose, formed, (wanted, why, form) => {
      const [first, ...others] = renderMirror(wanted, why, form).map(
        (part) => part.allowed_mentions,
      );
      const nobody = { parse: [], roles: [], users: [], replied_user: false };
      const isAllowed = why === "create" && wanted.pingRoleId === ROLE;
      expect(first).toEqual({ ...nobody, roles: isAllowed ? [ROLE] : [] });
      for (const other of others) expect(other).toEqual(nobody);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("[MEN1] no mention is left in content or cards but the route's own", () => {
    const property = fc.property(message, purpose, formed, (wanted, why, form) => {
      for (const part of renderMirror({ ...wanted, pingRoleId: null }, why, form)) {
        expect(JSON.stringify(part)).not.toMatch(/<@[&!]?\d+>|<#\d+>|@(everyone|here)/i);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("[MEN1] mentions become plain words, roles vanish, nesting does not help", () => {
    expect(withoutMentions("<@&9> hey <@!1>, see <#2>")).toBe("hey @member, see #channel");
    expect(withoutMentions("<@<@&1>&2> @<@&1>everyone")).toBe("@\u200beveryone");
  });

  test("[MEN2] text without mentions is left alone", () => {
    for (const text of ["SL < 63k @ market", "mail me@example.test", "x <3 #BTC", "<:up:12345>"]) {
      expect(withoutMentions(text)).toBe(text);
    }
  });
});

describe("limits", () => {
  test("[MIR3] Discord refuses no body", () => {
    const property = fc.property(message, purpose, formed, (wanted, why, form) => {
      for (const part of renderMirror(wanted, why, form)) expect(refusalsOf(part)).toEqual([]);
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("[EMB1] [EMB3] twelve full embeds are spread over messages that Discord takes", () => {
    const full = {
      title: "t".repeat(256),
      description: "d".repeat(4096),
      footer: "f".repeat(1000),
    };
    const embeds = Array.from({ length: 12 }, () => full);
    const parts = renderMirror({ ...MESSAGE, embeds }, "create");
    for (const part of parts) expect(refusalsOf(part)).toEqual([]);
    expect(parts.flatMap((part) => part.embeds).filter(({ title }) => title)).toHaveLength(12);
  });

  test("[EMB1] the last character that no longer fits is left out whole", () => {
    const embeds = [{ description: "d".repeat(4096), footer: `${"f".repeat(1843)}🚀` }];
    const [part] = renderMirror({ ...MESSAGE, embeds }, "create");
    expect(refusalsOf(part ?? EMPTY)).toEqual([]);
  });

  test("[EMB3] ten cards and ten pictures are all there, in order", () => {
    const embeds = Array.from({ length: 10 }, (_, index) => ({ title: `card ${index}` }));
    const attachments = Array.from({ length: 10 }, (_, index) => {
      const url = `https://files.test/${index}.png`;
      return { id: "a", name: "c.png", url, contentType: "image/png" };
    });
    const parts = renderMirror({ ...MESSAGE, embeds, attachments }, "create");
    const shown = parts.flatMap((part) => part.embeds.slice(0, -1));
    expect(shown.map(({ title, image }) => title ?? image?.url)).toEqual([
      ...embeds.map(({ title }) => title),
      ...attachments.map(({ url }) => url),
    ]);
    expect(parts.map(({ content }) => content)).toEqual(["BTC long 64,200", "", ""]);
  });

  test("[EMB2] an embed of nothing is left out and an empty field is filled", () => {
    const embeds = [{ color: 1 }, { fields: [{ name: "", value: "<@&1>" }] }];
    const [part] = renderMirror({ ...MESSAGE, embeds }, "create");
    expect(part?.embeds).toEqual([
      { fields: [{ name: "\u200b", value: "\u200b", inline: false }] },
      CARD,
    ]);
  });
});

const EMPTY = {
  content: "",
  embeds: [],
  allowed_mentions: { parse: [], roles: [], users: [], replied_user: false },
} as const;

describe("text", () => {
  test("[MIR4] a short post is one message with the analyst's words and a card with the name", () => {
    expect(renderMirror(MESSAGE, "create")).toEqual([
      {
        content: "BTC long 64,200",
        embeds: [CARD],
        allowed_mentions: { parse: [], roles: [], users: [], replied_user: false },
      },
    ]);
  });

  test("[MIR4] the words of a long post are all there, in order", () => {
    const words = fc.array(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 30 }), {
      maxLength: 400,
      size: "max",
    });
    const property = fc.property(words, (list) => {
      const content = withoutMentions(list.join(" "));
      const parts = renderMirror({ ...MESSAGE, content }, "create");
      const shown = parts.map((part) => part.content).join(" ");
      const lettersOf = (all: string) => all.replace(/[\s|*_~`]/g, ""); // marks are opened again
      expect(lettersOf(shown)).toBe(lettersOf(content));
    });
    fc.assert(property);
  });

  test("[MIR4] cards stand below all text", () => {
    const attachments = [{ id: "a", name: "notes.txt", url: "https://files.test/notes.txt" }];
    const parts = renderMirror({ ...MESSAGE, content: "word ".repeat(700), attachments }, "create");
    expect(parts.map(({ embeds }) => embeds)).toEqual([
      [{ author: { name: "Pro #12 (1/2)" } }],
      [{ description: "Attached: notes.txt" }, CARD],
    ]);
  });

  test("[MIR5] an edit has the same text as a create, the ping's words included", () => {
    const property = fc.property(message, (wanted) => {
      const texts = (why: "create" | "edit") =>
        renderMirror(wanted, why).map(({ content }) => content);
      expect(texts("edit")).toEqual(texts("create"));
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("[MIR6] every message bears the mark, however long all else is, and no other one's", () => {
    const property = fc.property(message, formed, (wanted, form) => {
      for (const part of renderMirror(wanted, "create", form)) {
        const card = part.embeds.at(-1)?.author?.name ?? "";
        expect(bearsMark(card, MARK)).toBe(true);
        expect(readMark(card)).toEqual({ feed: "pro", seq: 12 });
        expect(bearsMark(card, "Pro #1")).toBe(false);
        expect(bearsMark(card, "Pro #2")).toBe(false);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("[MIR7] a webhook's message says what it answers and leaves its own name to Discord", () => {
    const replyUrl = "https://discord.com/channels/1/2/3";
    const [part] = renderMirror(MESSAGE, "create", { mode: "webhook", replyUrl });
    expect(part?.content).toBe(`-# ↪ ${replyUrl}\nBTC long 64,200`);
    expect(part?.embeds).toEqual([{ author: { name: "Majors · Pro #12" } }]);
  });

  test("[MIR7] a webhook's name is one that Discord takes", () => {
    const property = fc.property(fc.option(anyText), anyText, (authorName, sourceName) => {
      const name = webhookName({ authorName, sourceName });
      expect(name.length).toBeGreaterThan(0);
      expect(name.length).toBeLessThanOrEqual(80);
    });
    fc.assert(property);
    expect(webhookName({ authorName: "Discord Clyde", sourceName: "" }).toLowerCase()).not.toMatch(
      /discord|clyde/,
    );
  });

  test("[CUT1] a shortened text is not too long, and no character is broken", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 300, size: "max" });
    const property = fc.property(text, fc.integer({ min: 2, max: 50 }), (whole, most) => {
      for (const piece of [shortenText(whole, most), shortenStart(whole, most)]) {
        expect(piece.length).toBeLessThanOrEqual(most);
        expect(piece.isWellFormed()).toBe(true);
      }
    });
    fc.assert(property);
  });
});
