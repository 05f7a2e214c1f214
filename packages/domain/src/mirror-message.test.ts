import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pingedBy, refusalsOf } from "../test/discord-rules.ts";
import { withoutMentions } from "./mention-firewall.ts";
import { type MirrorMessage, renderMirror } from "./mirror-message.ts";
import type { Embed } from "./source-event.ts";
import { shortenStart, shortenText, splitText } from "./text-splitting.ts";

const ROLE = "123456789012345678";
const MESSAGE: MirrorMessage = {
  content: "BTC long 64,200",
  embeds: [],
  attachments: [],
  authorName: "Ada",
  sourceName: "Majors",
  pingRoleId: null,
};

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
const purpose = fc.constantFrom("create" as const, "edit" as const);

describe("who is pinged", () => {
  test("[MIR1] over a corpus of tricks only the route's role is pinged, once, on create", () => {
    const property = fc.property(message, purpose, (wanted, why) => {
      const pinged = renderMirror(wanted, why).flatMap(pingedBy);
      const isAllowed = why === "create" && wanted.pingRoleId === ROLE;
      expect(pinged).toEqual(isAllowed ? [ROLE] : []);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("[MIR2] every body says explicitly whom it may mention, whatever the text says", () => {
    const property = fc.property(message, purpose, (wanted, why) => {
      const [first, ...others] = renderMirror(wanted, why).map((part) => part.allowed_mentions);
      const nobody = { parse: [], roles: [], users: [], replied_user: false };
      const isAllowed = why === "create" && wanted.pingRoleId === ROLE;
      expect(first).toEqual({ ...nobody, roles: isAllowed ? [ROLE] : [] });
      for (const other of others) expect(other).toEqual(nobody);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("[MEN1] no mention is left in content or cards but the route's own", () => {
    const property = fc.property(message, purpose, (wanted, why) => {
      for (const part of renderMirror({ ...wanted, pingRoleId: null }, why)) {
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
    const property = fc.property(message, purpose, (wanted, why) => {
      for (const part of renderMirror(wanted, why)) expect(refusalsOf(part)).toEqual([]);
    });
    fc.assert(property, { numRuns: 400 });
  });

  test("[EMB1] ten full embeds are cut to ten and to 6,000 units", () => {
    const full = {
      title: "t".repeat(256),
      description: "d".repeat(4096),
      footer: "f".repeat(2048),
    };
    const [part] = renderMirror(
      { ...MESSAGE, embeds: Array.from({ length: 12 }, () => full) },
      "create",
    );
    expect(part?.embeds.length).toBeLessThanOrEqual(10);
    expect(refusalsOf(part ?? EMPTY)).toEqual([]);
  });

  test("[EMB1] the last character that no longer fits is left out whole", () => {
    const description = "d".repeat(5999 - "Ada · Majors".length - 4096);
    const embeds = [{ description: "d".repeat(4096) }, { description }, { title: "🚀🚀" }];
    const [part] = renderMirror({ ...MESSAGE, embeds }, "create");
    expect(refusalsOf(part ?? EMPTY)).toEqual([]);
  });

  test("[EMB2] an embed of nothing is left out and an empty field is filled", () => {
    const embeds = [{ color: 1 }, { fields: [{ name: "", value: "<@&1>" }] }];
    const [part] = renderMirror({ ...MESSAGE, embeds }, "create");
    expect(part?.embeds).toEqual([
      { fields: [{ name: "\u200b", value: "\u200b", inline: false }] },
      { author: { name: "Ada · Majors" } },
    ]);
  });
});

const EMPTY = {
  content: "",
  embeds: [],
  files: [],
  allowed_mentions: { parse: [], roles: [], users: [], replied_user: false },
} as const;

describe("text", () => {
  test("[MIR4] a short post is one message with the analyst's words and a card with the name", () => {
    expect(renderMirror(MESSAGE, "create")).toEqual([
      {
        content: "BTC long 64,200",
        embeds: [{ author: { name: "Ada · Majors" } }],
        allowed_mentions: { parse: [], roles: [], users: [], replied_user: false },
        files: [],
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
      expect(shown.replace(/\s/g, "")).toBe(content.replace(/\s/g, ""));
    });
    fc.assert(property);
  });

  test("[MIR4] cards and files go with the last message", () => {
    const attachments = [{ id: "a", name: "c.png", url: "https://files.test/c.png" }];
    const parts = renderMirror({ ...MESSAGE, content: "word ".repeat(700), attachments }, "create");
    expect(parts.map(({ files }) => files.length)).toEqual([0, 1]);
    expect(parts.map(({ embeds }) => embeds.length)).toEqual([0, 1]);
  });

  test("[MIR5] an edit has the same text as a create, the ping's words included", () => {
    const property = fc.property(message, (wanted) => {
      const texts = (why: "create" | "edit") =>
        renderMirror(wanted, why).map(({ content }) => content);
      expect(texts("edit")).toEqual(texts("create"));
    });
    fc.assert(property, { numRuns: 100 });
  });

  test("[MIR6] the card is always there and ends as the source's name does, however long all else is", () => {
    const property = fc.property(message, (wanted) => {
      const parts = renderMirror(
        { ...wanted, sourceName: `${wanted.sourceName} · Pro #12` },
        "create",
      );
      expect(parts.at(-1)?.embeds.at(-1)?.author?.name).toMatch(/Pro #12$/);
      for (const part of parts.slice(0, -1)) expect(part.embeds).toEqual([]);
    });
    fc.assert(property, { numRuns: 200 });
    const embeds = Array.from({ length: 10 }, () => ({ title: "full" }));
    expect(renderMirror({ ...MESSAGE, embeds }, "create")[0]?.embeds).toHaveLength(10);
  });

  test("[CUT1] no piece is too long, no character broken", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 300, size: "max" });
    const property = fc.property(text, fc.integer({ min: 2, max: 50 }), (whole, most) => {
      const pieces = splitText(whole, most);
      for (const piece of [...pieces, shortenText(whole, most), shortenStart(whole, most)]) {
        expect(piece.length).toBeLessThanOrEqual(most);
        expect(piece.isWellFormed()).toBe(true);
      }
      expect(pieces).not.toContain("");
      expect(pieces.join("").replace(/\s/g, "")).toBe(whole.replace(/\s/g, ""));
    });
    fc.assert(property);
  });

  test("[CUT2] a cut falls between paragraphs, else lines, else words", () => {
    expect(splitText("aaaa\n\nbbbb cc", 9)).toEqual(["aaaa", "bbbb cc"]);
    expect(splitText("aaa aa\nbbbb", 9)).toEqual(["aaa aa", "bbbb"]);
    expect(splitText("aaaa bbbb cc", 10)).toEqual(["aaaa bbbb", "cc"]);
    expect(splitText("abcdefgh", 4)).toEqual(["abcd", "efgh"]);
  });
});
