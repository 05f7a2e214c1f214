/**
 * Parses the small part of Discord's markdown that signals use into a tree of plain data.
 *
 * Owns no markup: markdown-view.tsx draws the tree with React elements, so text can never
 * become HTML. Holds against hostile input:
 *
 * - only http and https addresses become links, and a label that names another host than its
 *   target is not believed: the target's own address is shown;
 * - mentions of people, roles, channels, @everyone become inert text;
 * - characters that reorder text (bidi overrides) are dropped;
 * - work is linear in practice: nesting is bounded, and a delimiter found to have no closer is
 *   not searched for again.
 */
export type Inline =
  | { type: "text"; text: string }
  | { type: Wrap; children: Inline[] }
  | { type: "code"; text: string }
  | { type: "link"; href: string; children: Inline[] }
  | { type: "mention"; text: string }
  | { type: "timestamp"; atMs: number }
  | { type: "break" };

export type Block =
  | { type: "paragraph"; children: Inline[] }
  | { type: "heading" | "note" | "quote"; children: Inline[] }
  | { type: "list"; items: Inline[][] }
  | { type: "codeBlock"; text: string };

type Wrap = "strong" | "emphasis" | "underline" | "strike" | "spoiler";
type Scan = { text: string; at: number; depth: number; hopeless: Set<string> };

const MAX_DEPTH = 6; // nobody writes deeper; hostile text does
const REORDERING = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;

/** The blocks of a post, in order. Never throws; text that means nothing stays text. */
export function parseMarkdown(source: string): Block[] {
  const text = source.replace(REORDERING, "").replace(/\r\n?/g, "\n");
  const blocks: Block[] = [];
  // A fence may stand anywhere in a line, as in Discord.
  const fences = text.split("```");
  const closed = fences.length % 2 === 1 ? fences.length : fences.length - 1;
  for (let i = 0; i < closed; i += 1) {
    const part = fences[i] ?? "";
    if (i % 2 === 1) blocks.push({ type: "codeBlock", text: codeText(part) });
    else parseLines(part, blocks);
  }
  if (closed < fences.length) parseLines(`\`\`\`${fences[closed] ?? ""}`, blocks);
  return blocks;
}

/** Emphasis, links and the rest within one line or paragraph. */
export function parseInline(text: string): Inline[] {
  return inlines(text, 0);
}

/** The same text without any markup, on one line: for previews, labels, announcements. */
export function plainText(source: string): string {
  return parseMarkdown(source).map(blockText).join(" ").replace(/\s+/g, " ").trim();
}

function codeText(fenced: string): string {
  // ```js\n…: a first line of one word is the language, which is not shown.
  return fenced.replace(/^[\w+-]*\n/, "").replace(/\n$/, "");
}

function parseLines(text: string, blocks: Block[]): void {
  let paragraph: string[] = [];
  const flush = () => {
    const joined = paragraph.join("\n").trim();
    if (joined !== "") blocks.push({ type: "paragraph", children: parseInline(joined) });
    paragraph = [];
  };
  for (const line of text.split("\n")) {
    const block = lineBlock(line);
    if (block === null) {
      if (line.trim() === "") flush();
      else paragraph.push(line);
      continue;
    }
    flush();
    appendBlock(blocks, block);
  }
  flush();
}

function lineBlock(line: string): Block | null {
  const [, mark, rest] = /^(#{1,3}|-#|>|[-*•])\s+(\S.*)$/.exec(line) ?? [];
  if (mark === undefined || rest === undefined) return null;
  const children = parseInline(rest);
  if (mark.startsWith("#")) return { type: "heading", children };
  if (mark === "-#") return { type: "note", children };
  if (mark === ">") return { type: "quote", children };
  return { type: "list", items: [children] };
}

function appendBlock(blocks: Block[], block: Block): void {
  const last = blocks.at(-1);
  if (block.type === "list" && last?.type === "list") last.items.push(...block.items);
  else if (block.type === "quote" && last?.type === "quote") {
    last.children.push({ type: "break" }, ...block.children);
  } else blocks.push(block);
}

const WRAPS: ReadonlyArray<readonly [string, Inline["type"] & (Wrap | "emphasis" | "underline")]> =
  [
    ["**", "strong"],
    ["__", "underline"],
    ["~~", "strike"],
    ["||", "spoiler"],
    ["*", "emphasis"],
    ["_", "emphasis"],
  ];

function inlines(text: string, depth: number): Inline[] {
  const scan: Scan = { text, at: 0, depth, hopeless: new Set() };
  const out: Inline[] = [];
  while (scan.at < text.length) {
    const next = special(scan) ?? { type: "text" as const, text: plainRun(scan) };
    const last = out.at(-1);
    if (next.type === "text" && last?.type === "text") last.text += next.text;
    else out.push(next);
  }
  return out;
}

function plainRun(scan: Scan): string {
  const from = scan.at;
  const rest = scan.text.slice(from + 1).search(/[\n\\`*_~|<[@h]/);
  scan.at = rest === -1 ? scan.text.length : from + 1 + rest;
  return scan.text.slice(from, scan.at);
}

function special(scan: Scan): Inline | null {
  switch (scan.text[scan.at]) {
    case "\n":
      scan.at += 1;
      return { type: "break" };
    case "\\":
      return escaped(scan);
    case "`":
      return code(scan);
    case "<":
      return angled(scan);
    case "[":
      return maskedLink(scan);
    case "@":
      return match(scan, /@(?:everyone|here)\b/y, ([text]) => ({ type: "mention", text }));
    case "h":
      return bareLink(scan);
    default:
      return wrapped(scan);
  }
}

function match(
  scan: Scan,
  pattern: RegExp,
  make: (found: RegExpExecArray) => Inline | null,
): Inline | null {
  pattern.lastIndex = scan.at;
  const found = pattern.exec(scan.text);
  const made = found === null ? null : make(found);
  if (found !== null && made !== null) scan.at += found[0].length;
  return made;
}

function escaped(scan: Scan): Inline | null {
  return match(scan, /\\([!-/:-@[-`{-~])/y, ([, char = ""]) => ({ type: "text", text: char }));
}

function code(scan: Scan): Inline | null {
  const end = closer(scan, "`", scan.at + 1);
  if (end === -1 || end === scan.at + 1) return null;
  const text = scan.text.slice(scan.at + 1, end);
  scan.at = end + 1;
  return { type: "code", text };
}

function angled(scan: Scan): Inline | null {
  return (
    match(scan, /<(@[!&]?|#)\d{1,25}>/y, ([, kind = ""]) => ({
      type: "mention",
      text: kind === "#" ? "#channel" : kind === "@&" ? "@role" : "@member",
    })) ??
    match(scan, /<a?(:\w{1,40}:)\d{1,25}>/y, ([, name = ""]) => ({ type: "text", text: name })) ??
    match(scan, /<t:(-?\d{1,12})(?::[tTdDfFR])?>/y, ([, seconds]) => ({
      type: "timestamp",
      atMs: Number(seconds) * 1000,
    })) ??
    match(scan, /<(https?:\/\/[^\s<>]{1,2000})>/y, ([, url = ""]) => link(url, url))
  );
}

function bareLink(scan: Scan): Inline | null {
  return match(scan, /https?:\/\/[^\s<>"|`]{1,2000}/y, (found) => {
    // A closing mark at the end belongs to the sentence, not the address.
    const url = found[0].replace(/[),.;:!?*_~\]'’”]+$/, "");
    found[0] = url;
    return link(url, url);
  });
}

function maskedLink(scan: Scan): Inline | null {
  return match(
    scan,
    /\[([^[\]\n]{1,300})\]\(<?(https?:\/\/[^\s<>()]{1,2000}(?:\([^\s<>()]*\))?[^\s<>()]*)>?\)/y,
    ([, label = "", url = ""]) => link(url, label, scan.depth),
  );
}

function link(url: string, label: string, depth = MAX_DEPTH): Inline | null {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return null;
  const honest = url === label || !claimsAnotherHost(label, parsed.hostname);
  const children: Inline[] =
    honest && depth < MAX_DEPTH
      ? inlines(label, MAX_DEPTH)
      : [{ type: "text", text: honest ? label : url }];
  return { type: "link", href: parsed.href, children };
}

function claimsAnotherHost(label: string, host: string): boolean {
  const [, claimed] = /(?:https?:\/\/)?((?:[\p{L}\d-]+\.)+\p{L}{2,})/iu.exec(label) ?? [];
  return claimed !== undefined && !host.endsWith(claimed.toLowerCase().replace(/^www\./, ""));
}

function wrapped(scan: Scan): Inline | null {
  const found = WRAPS.find(([mark]) => scan.text.startsWith(mark, scan.at));
  if (found === undefined || scan.depth >= MAX_DEPTH) return null;
  const [mark, type] = found;
  const from = scan.at + mark.length;
  if (mark.length === 1 && !opensEmphasis(scan, mark)) return null;
  const end = closer(scan, mark, from);
  if (end <= from || scan.text.slice(from, end).trim() === "") return null;
  scan.at = end + mark.length;
  return { type, children: inlines(scan.text.slice(from, end), scan.depth + 1) };
}

/** `snake_case` and `2 * 3 * 4` are not emphasis. */
function opensEmphasis(scan: Scan, mark: string): boolean {
  const before = scan.text[scan.at - 1] ?? " ";
  const after = scan.text[scan.at + 1] ?? " ";
  return !/\s/.test(after) && (mark !== "_" || !/[\p{L}\d]/u.test(before));
}

function closer(scan: Scan, mark: string, from: number): number {
  if (scan.hopeless.has(mark)) return -1;
  let end = scan.text.indexOf(mark, from);
  // `**a *b***`: the outer mark closes last.
  while (end !== -1 && mark.length === 2 && scan.text[end + 2] === mark[0]) end += 1;
  if (mark.length === 1 && mark !== "`") end = singleCloser(scan.text, mark, end);
  if (end === -1) scan.hopeless.add(mark);
  return end;
}

function singleCloser(text: string, mark: string, start: number): number {
  let end = start;
  while (end !== -1) {
    if (text[end + 1] === mark) end += 2;
    else if (mark === "_" && /[\p{L}\d]/u.test(text[end + 1] ?? " ")) end += 1;
    else if (/\s/.test(text[end - 1] ?? " ")) end += 1;
    else return end;
    end = text.indexOf(mark, end);
  }
  return -1;
}

function blockText(block: Block): string {
  if (block.type === "codeBlock") return block.text;
  if (block.type === "list")
    return block.items.map((item) => item.map(inlineText).join("")).join(" · ");
  return block.children.map(inlineText).join("");
}

function inlineText(inline: Inline): string {
  switch (inline.type) {
    case "text":
    case "code":
    case "mention":
      return inline.text;
    case "spoiler":
      return "(spoiler)";
    case "timestamp":
      return new Date(inline.atMs).toISOString().slice(0, 16).replace("T", " ");
    case "break":
      return " ";
    default:
      return inline.children.map(inlineText).join("");
  }
}
