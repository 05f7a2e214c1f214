import { describe, expect, test } from "vitest";

type Node = {
  kind: string;
  text?: string;
  url?: string;
  children?: Node[];
  [more: string]: unknown;
};

// The page's scripts are plain JavaScript, so their types stop at this border.
const module = (await import(new URL("./static/markdown.js", import.meta.url).href)) as {
  readMarkdown(text: string): Node[];
  plainText(nodes: Node[]): string;
};

/** A tree in short: `bold(a)`. */
function short(nodes: Node[]): string {
  return nodes
    .map((node) => {
      const inner = node.children === undefined ? node.text : short(node.children);
      return node.kind === "text"
        ? node.text
        : `${node.kind}(${inner ?? node.url ?? node.id ?? node.name ?? node.atMs})`;
    })
    .join("");
}

describe("[DPAGE2] markdown", () => {
  test.each([
    [
      "**LONG** *now* __a__ ~~b~~ ||c||",
      "bold(LONG) italic(now) underline(a) strike(b) spoiler(c)",
    ],
    ["**bold with *italic* inside**", "bold(bold with italic(italic) inside)"],
    ["`a * b * c` and ``x`y``", "code(a * b * c) and code(x`y)"],
    ["```js\nlet **x**\n```", "codeBlock(let **x**)"],
    [
      "# Title\n> said\n- one\n* two\n-# tiny",
      "heading(Title)quote(said)item(one)item(two)small(tiny)",
    ],
    ["see https://a.example/b_c_d.", "see link(https://a.example/b_c_d)."],
    ["[label](https://a.example)", "link(label)"],
    [
      "<@12> <@!13> <@&14> <#15> @everyone <:up:16>",
      "user(12) user(13) role(14) channel(15) everyone(@everyone) emoji(up)",
    ],
    ["<t:1700000000:R>", "time(1700000000000)"],
    ["snake_case_name 2*3*4 5 * 6", "snake_case_name 2italic(3)4 5 * 6"],
    ["\\*not\\*", "*not*"],
  ])("[DPAGE2] %j reads as %s", (text, expected) => {
    expect(short(module.readMarkdown(text))).toBe(expected);
  });

  test.each([
    ["<script>alert(1)</script>"],
    ["[x](javascript:alert(1))"],
    ["<img src=x onerror=alert(1)>"],
    ["**open"],
  ])("[DPAGE2] %s stays text", (text) => {
    expect(module.readMarkdown(text).every(({ kind }) => kind === "text")).toBe(true);
  });

  test("[DPAGE2] deep nesting and long runs of marks end", () => {
    const hostile = [
      `${"**_".repeat(500)}x${"_**".repeat(500)}`,
      "*".repeat(2_000),
      "||".repeat(1_000),
      "`".repeat(2_000),
    ];
    for (const text of hostile) expect(module.readMarkdown(text).length).toBeGreaterThan(0);
  });

  test("[DPAGE2] a preview is the words alone", () => {
    expect(module.plainText(module.readMarkdown("**LONG** $BTC")).replace(/\s+/g, " ")).toBe(
      "LONG $BTC",
    );
  });
});
