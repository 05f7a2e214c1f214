import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitMarkdown } from "./markdown-splitting.ts";

const word = fc.constantFrom("entry", "stop-loss", "🚀", "64,200", "цель", "a", "\\|", "x_y", "\n");
const words = fc
  .array(word, { minLength: 1, maxLength: 60, size: "max" })
  .map((all) => all.join(" "));
const wrapped = fc
  .tuple(fc.constantFrom("||", "**", "__", "~~"), words)
  .map(([pair, text]) => `${pair}${text}${pair}`);
const code = fc
  .tuple(fc.constantFrom("", "ts\n", "\n"), words)
  .map(([language, text]) => `\`\`\`${language}${text}\n\`\`\``);
const whole = fc.constantFrom(
  "[the chart](https://charts.example/some/long/path?with=query&and=more)",
  "https://charts.example/another/long/path",
  "`inline code`",
  "<a:rocket:123456789012345678>",
  "<t:1700000000:R>",
);
const markdown = fc
  .array(fc.oneof(words, wrapped, code, whole), { minLength: 1, maxLength: 20, size: "max" })
  .map((blocks) => blocks.join(" "));
const anyText = fc.oneof(
  markdown,
  fc.string({ unit: "grapheme", maxLength: 900, size: "max" }),
  fc
    .array(
      fc.constantFrom("```", "||", "`", "**", "\\", "<", "[a](", "https://x", " ", "\n", "w"),
      {
        maxLength: 300,
        size: "max",
      },
    )
    .map((pieces) => pieces.join("")),
);
const size = fc.integer({ min: 100, max: 300 });

/** What is left when marks and space are passed over. */
const lettersOf = (text: string) => text.replace(/```\w*\n?|[\s`|*_~]/g, "");

describe("splitting", () => {
  test("[CUT1] no piece is too long or empty, no character is broken or lost", () => {
    const property = fc.property(anyText, size, (text, most) => {
      const pieces = splitMarkdown(text, most);
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(most);
        expect(piece.trim()).not.toBe("");
        expect(piece.isWellFormed()).toBe(text.isWellFormed());
      }
    });
    fc.assert(property, { numRuns: 300 });
    const written = fc.property(markdown, size, (text, most) => {
      expect(lettersOf(splitMarkdown(text, most).join("\n"))).toBe(lettersOf(text));
    });
    fc.assert(written, { numRuns: 300 });
  });

  test("[CUT2] a cut falls between paragraphs, else lines, else words", () => {
    const [a, b, c] = ["a".repeat(60), "b".repeat(30), "c".repeat(30)];
    expect(splitMarkdown(`${a}\n\n${b} ${c}`, 100)).toEqual([a, `${b} ${c}`]);
    expect(splitMarkdown(`${a} x\n${b} ${c}`, 100)).toEqual([`${a} x`, `${b} ${c}`]);
    expect(splitMarkdown(`${a} ${b} ${c}`, 100)).toEqual([`${a} ${b}`, c]);
    expect(splitMarkdown("a".repeat(150), 100)).toEqual(["a".repeat(100), "a".repeat(50)]);
  });

  test("[CUT3] every piece closes what it opens", () => {
    const property = fc.property(markdown, size, (text, most) => {
      for (const piece of splitMarkdown(text, most)) {
        expect(piece.split("```").length % 2).toBe(1);
        const prose = piece.replace(/```[\s\S]*?```|`[^`]*`|\\[\s\S]|https?:\/\/[^\s<>]+/g, "");
        for (const pair of ["||", "**", "__", "~~"]) expect(prose.split(pair).length % 2).toBe(1);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("[CUT3] a code block goes on in its language, with its own indentation", () => {
    const lines = Array.from({ length: 12 }, (_, index) => `  line ${index} of the code`);
    const pieces = splitMarkdown(`\`\`\`ts\n${lines.join("\n")}\n\`\`\``, 120);
    for (const piece of pieces) expect(piece).toMatch(/^```ts\n {2}line \d/);
    expect(pieces.join("\n").match(/line \d+ of the code/g)).toHaveLength(12);
  });

  test("[CUT3] a spoiler stays hidden to its end", () => {
    const pieces = splitMarkdown(`||${"secret target ".repeat(20)}||`, 100);
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(piece).toMatch(/^\|\|[^|]+\|\|$/);
  });

  test("[CUT4] what cannot be parted is in one piece", () => {
    const property = fc.property(markdown, size, (text, most) => {
      const count = (all: string) =>
        all.match(/\[the chart\]\(\S+more\)|another\/long\/path\b|<t:17\d+:R>/g);
      const parted = splitMarkdown(text, most).flatMap((piece) => count(piece) ?? []);
      expect(parted).toEqual(count(text) ?? []);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
