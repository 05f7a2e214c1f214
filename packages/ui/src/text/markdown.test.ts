import fc from "fast-check";
import { expect, test } from "vitest";
import { type Block, type Inline, parseInline, parseMarkdown, plainText } from "./markdown.ts";

const text = (value: string): Inline => ({ type: "text", text: value });

function links(blocks: Block[]): string[] {
  const found: string[] = [];
  const visit = (nodes: Inline[]) => {
    for (const node of nodes) {
      if (node.type === "link") found.push(node.href);
      if ("children" in node) visit(node.children);
    }
  };
  for (const block of blocks) {
    if (block.type === "list") block.items.forEach(visit);
    else if (block.type !== "codeBlock") visit(block.children);
  }
  return found;
}

test("bold, italics, underline, strike, spoiler and code become elements", () => {
  expect(parseInline("**a** *b* _c_ __d__ ~~e~~ ||f|| `g*h*`")).toEqual([
    { type: "strong", children: [text("a")] },
    text(" "),
    { type: "emphasis", children: [text("b")] },
    text(" "),
    { type: "emphasis", children: [text("c")] },
    text(" "),
    { type: "underline", children: [text("d")] },
    text(" "),
    { type: "strike", children: [text("e")] },
    text(" "),
    { type: "spoiler", children: [text("f")] },
    text(" "),
    { type: "code", text: "g*h*" },
  ]);
});

test("emphasis nests and the outer mark closes last", () => {
  expect(parseInline("**a *b***")).toEqual([
    { type: "strong", children: [text("a "), { type: "emphasis", children: [text("b")] }] },
  ]);
});

test.each([
  "snake_case_name",
  "2 * 3 * 4",
  "** **",
  "a ** b",
  "***",
  "_",
  "||",
  "`",
  "``",
  "TP1:0.0234",
])("%j stays text", (source) => {
  expect(parseInline(source)).toEqual([text(source)]);
});

test("a line break is kept, an empty line starts a paragraph", () => {
  expect(parseMarkdown("a\nb\n\nc")).toEqual([
    { type: "paragraph", children: [text("a"), { type: "break" }, text("b")] },
    { type: "paragraph", children: [text("c")] },
  ]);
});

test("headings, notes, quotes and lists are blocks; a hash without a space is a ticker", () => {
  expect(parseMarkdown("# T\n-# n\n> q\n> r\n- a\n- b\n#ETHUSDT long").map((b) => b.type)).toEqual([
    "heading",
    "note",
    "quote",
    "list",
    "paragraph",
  ]);
});

test("a fenced block keeps its text and drops the language", () => {
  expect(parseMarkdown("x```js\n**a**\n```y")[1]).toEqual({ type: "codeBlock", text: "**a**" });
  expect(plainText("open ```fence")).toBe("open ```fence");
});

test("links: bare, angled and masked; a sentence's full stop is not part of one", () => {
  expect(
    links(
      parseMarkdown(
        "see https://a.example/x_y_z. <https://b.example> [chart](https://c.example/q?a=1)",
      ),
    ),
  ).toEqual(["https://a.example/x_y_z", "https://b.example/", "https://c.example/q?a=1"]);
});

test.each([
  "[x](javascript:alert(1))",
  "[x](data:text/html,hi)",
  "[x](vbscript:x)",
  "<javascript:alert(1)>",
  "javascript:alert(1)",
  "[x](//evil.example)",
  "https://",
  "[x](https://[bad)",
])("%j gives no link", (source) => {
  expect(links(parseMarkdown(source))).toEqual([]);
});

test("a label that claims another host shows the true address instead", () => {
  expect(parseInline("[binance.com](https://evil.example/a)")).toEqual([
    { type: "link", href: "https://evil.example/a", children: [text("https://evil.example/a")] },
  ]);
  expect(parseInline("[www.binance.com/x](https://www.binance.com/x)")[0]).toMatchObject({
    children: [text("www.binance.com/x")],
  });
});

test("mentions are inert text", () => {
  expect(parseInline("<@1> <@!2> <@&3> <#4> @everyone @here")).toEqual([
    { type: "mention", text: "@member" },
    text(" "),
    { type: "mention", text: "@member" },
    text(" "),
    { type: "mention", text: "@role" },
    text(" "),
    { type: "mention", text: "#channel" },
    text(" "),
    { type: "mention", text: "@everyone" },
    text(" "),
    { type: "mention", text: "@here" },
  ]);
});

test("custom emoji become their name, timestamps a moment", () => {
  expect(parseInline("<:rocket:123> <t:1700000000:R>")).toEqual([
    text(":rocket: "),
    { type: "timestamp", atMs: 1_700_000_000_000 },
  ]);
});

test("HTML is text", () => {
  expect(parseInline("<img src=x onerror=alert(1)><script>")).toEqual([
    text("<img src=x onerror=alert(1)><script>"),
  ]);
});

test("characters that reorder text are dropped", () => {
  expect(plainText("a\u202egpj.exe\u2066b")).toBe("agpj.exeb");
});

test("a spoiler is not given away by the plain text", () => {
  expect(plainText("TP ||hidden|| hit\n- a\n- **b**")).toBe("TP (spoiler) hit a · b");
});

test.each([
  "*",
  "**",
  "_",
  "__",
  "||",
  "[",
  "<",
  "`",
  "```",
  "[a](",
  "> ",
  "**a*",
  "https://",
  "\\",
])("20,000 characters of %j are parsed in under a second", (unit) => {
  const startedAt = performance.now();
  parseMarkdown(unit.repeat(Math.ceil(20_000 / unit.length)));
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test("any text parses, loses none of its words, and links only to http(s)", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "**",
        "*",
        "_",
        "__",
        "||",
        "`",
        "```",
        "[",
        "](",
        ")",
        "<@1>",
        "https://a.b/",
        "\n",
        "> ",
        "\\",
      ),
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      const blocks = parseMarkdown(`${parts.join("")} tail7`);
      expect(JSON.stringify(blocks)).toContain("tail7");
      for (const href of links(blocks)) expect(href).toMatch(/^https?:\/\//);
    }),
    { numRuns: 500 },
  );
});
