// @ts-check
/**
 * Reads the common part of Discord's markdown into a tree. Pure: no DOM, so it
 * runs in tests as it does on the page.
 *
 * What it does not know stays text. Nothing here can become markup: the tree
 * holds words and kinds, and markdown-view.js makes elements of them.
 */

/**
 * @typedef {{ kind: "text", text: string }
 *   | { kind: "code", text: string } | { kind: "codeBlock", text: string }
 *   | { kind: "bold" | "italic" | "underline" | "strike" | "spoiler" | "quote" | "item" | "small", children: Markdown[] }
 *   | { kind: "heading", level: number, children: Markdown[] }
 *   | { kind: "link", url: string, children: Markdown[] }
 *   | { kind: "user" | "role" | "channel", id: string }
 *   | { kind: "everyone", text: string }
 *   | { kind: "time", atMs: number }
 *   | { kind: "emoji", name: string }} Markdown
 */

/** @typedef {{ pattern: RegExp, read: (match: RegExpExecArray) => Markdown }} Rule */

const MAX_DEPTH = 12; // nested marks beyond this stay text, so hostile input cannot exhaust the stack

/** Tried in this order where several could begin at the same place. */
const INLINE = /** @type {((depth: number) => Rule)[]} */ ([
  () => ({
    pattern: /\\([^\p{L}\p{N}\s])/u,
    read: ([, text]) => ({ kind: "text", text: text ?? "" }),
  }),
  () => ({
    pattern: /```(?:[a-z0-9+#-]*\n)?\n*([\s\S]+?)\n*```/i,
    read: ([, text]) => ({ kind: "codeBlock", text: text ?? "" }),
  }),
  () => ({
    pattern: /``([\s\S]+?)``(?!`)|`([^`]+)`/,
    read: ([, a, b]) => ({ kind: "code", text: a ?? b ?? "" }),
  }),
  () => ({ pattern: /<@!?(\d+)>/, read: ([, id]) => ({ kind: "user", id: id ?? "" }) }),
  () => ({ pattern: /<@&(\d+)>/, read: ([, id]) => ({ kind: "role", id: id ?? "" }) }),
  () => ({ pattern: /<#(\d+)>/, read: ([, id]) => ({ kind: "channel", id: id ?? "" }) }),
  () => ({
    pattern: /<t:(-?\d{1,12})(?::[tTdDfFR])?>/,
    read: ([, s]) => ({ kind: "time", atMs: Number(s) * 1000 }),
  }),
  () => ({ pattern: /<a?:(\w+):\d+>/, read: ([, name]) => ({ kind: "emoji", name: name ?? "" }) }),
  () => ({ pattern: /@(?:everyone|here)\b/, read: ([text]) => ({ kind: "everyone", text }) }),
  (depth) => ({
    pattern: /\[([^\]\n]+)\]\(<?(https?:\/\/[^\s)>]+)>?\)/i,
    read: ([, label, url]) => ({
      kind: "link",
      url: url ?? "",
      children: readInline(label ?? "", depth),
    }),
  }),
  () => ({
    pattern: /<?(https?:\/\/[^\s<>]*[^\s<>.,;:!?'")\]])>?/i,
    read: ([, url]) => ({
      kind: "link",
      url: url ?? "",
      children: [{ kind: "text", text: url ?? "" }],
    }),
  }),
  marks(/\*\*(?=\S)([\s\S]+?)\*\*(?!\*)/, "bold"),
  marks(/__(?=\S)([\s\S]+?)__(?!_)/, "underline"),
  marks(/~~(?=\S)([\s\S]+?)~~/, "strike"),
  marks(/\|\|([\s\S]+?)\|\|/, "spoiler"),
  marks(/\*(?=[^\s*])([^*]+?)\*(?!\*)/, "italic"),
  marks(/(?<![\p{L}\p{N}_])_(?=[^\s_])([^_]+?)_(?![\p{L}\p{N}_])/u, "italic"),
]);

/**
 * @param {RegExp} pattern
 * @param {"bold" | "italic" | "underline" | "strike" | "spoiler"} kind
 * @returns {(depth: number) => Rule}
 */
function marks(pattern, kind) {
  return (depth) => ({
    pattern,
    read: ([, inner]) => ({ kind, children: readInline(inner ?? "", depth) }),
  });
}

/**
 * A whole message: code blocks stand by themselves, then lines with a mark in
 * front, then inline marks.
 * @param {string} text
 * @returns {Markdown[]}
 */
export function readMarkdown(text) {
  const parts = text.split(/(```[\s\S]+?```)/);
  return parts.flatMap((part, index) => (index % 2 === 1 ? readInline(part, 0) : readLines(part)));
}

/**
 * The words alone, for a one-line preview.
 * @param {Markdown[]} nodes
 * @returns {string}
 */
export function plainText(nodes) {
  return nodes
    .map((node) =>
      "children" in node ? plainText(node.children) : "text" in node ? node.text : "…",
    )
    .join(" ");
}

/**
 * @param {string} text
 * @returns {Markdown[]}
 */
function readLines(text) {
  /** @type {Markdown[]} */
  const result = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") result.push(...readInline(plain, 0));
    plain = "";
  };
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    const block = readBlock(line);
    if (block === null) {
      plain += index === lines.length - 1 ? line : `${line}\n`;
    } else {
      flush();
      result.push(block);
    }
  }
  flush();
  return result;
}

/**
 * @param {string} line
 * @returns {Markdown | null}
 */
function readBlock(line) {
  const heading = /^(#{1,3}) +(\S.*)$/.exec(line);
  if (heading)
    return {
      kind: "heading",
      level: heading[1]?.length ?? 1,
      children: readInline(heading[2] ?? "", 0),
    };
  const [, mark, rest] = /^(-#|>|[-*])\s+(.*)$/.exec(line) ?? [];
  if (mark === undefined || rest === undefined) return null;
  const kind = mark === ">" ? "quote" : mark === "-#" ? "small" : "item";
  return { kind, children: readInline(rest, 0) };
}

/**
 * @param {string} text
 * @param {number} depth
 * @returns {Markdown[]}
 */
function readInline(text, depth) {
  /** @type {Markdown[]} */
  const result = [];
  let rest = text;
  while (rest !== "") {
    const found = depth < MAX_DEPTH ? firstMark(rest, depth + 1) : null;
    if (found === null) break;
    if (found.match.index > 0)
      result.push({ kind: "text", text: rest.slice(0, found.match.index) });
    result.push(found.rule.read(found.match));
    rest = rest.slice(found.match.index + found.match[0].length);
  }
  if (rest !== "") result.push({ kind: "text", text: rest });
  return result;
}

/**
 * @param {string} text
 * @param {number} depth
 */
function firstMark(text, depth) {
  /** @type {{ rule: Rule, match: RegExpExecArray } | null} */
  let first = null;
  for (const make of INLINE) {
    const rule = make(depth);
    const match = rule.pattern.exec(text);
    if (match !== null && (first === null || match.index < first.match.index))
      first = { rule, match };
  }
  return first;
}
