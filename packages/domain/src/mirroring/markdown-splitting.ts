/**
 * Cutting Discord's markdown into messages that each read as the whole did.
 *
 * What is open at a cut is closed before it and opened again after it, and what
 * cannot be parted is not:
 *
 *   ```ts                        ```ts
 *   first              cut       first                ```ts
 *   second            ---->      ```         and      second
 *   ```                                               ```
 *
 * [CUT1] No piece is longer than allowed, and no character is broken or lost.
 * [CUT2] A cut falls between paragraphs, else lines, else words, if one is near enough.
 * [CUT3] Code blocks, spoilers, bold, underlined and struck text are closed before a cut and opened again after it.
 * [CUT4] A link, inline code, an emoji or a time is never cut, unless it alone is longer than a message.
 */
import { unbroken } from "../text-splitting.ts";

/** What a piece is inside of at some place. */
interface Open {
  /** The language of the code block, or null outside of one. */
  readonly fence: string | null;
  /** Open pairs, the innermost last. */
  readonly pairs: readonly string[];
}

/** The text with, for each place between two units, whether a cut may fall there and what is open. */
interface Scan {
  readonly text: string;
  readonly cuttable: readonly boolean[];
  readonly open: readonly Open[];
}

const FENCE = /```(?:([\w+#.-]{1,20})\n)?[\s\S]*?```/y;
const PAIRS = ["||", "**", "__", "~~"];
const WHOLE = [
  /\\[\s\S]/y,
  /(`{1,2})(?!`)[^`\n]+\1(?!`)/y,
  /\[[^\]\n]{1,500}\]\(<?https?:\/\/[^\s)>]+>?(?: "[^"\n]*")?\)/y,
  /<(?:https?:\/\/[^\s>]+|a?:\w+:\d+|t:-?\d+(?::\w)?|@[!&]?\d+|#\d+)>/y,
  /https?:\/\/[^\s<>]+/y,
];
const OUTSIDE: Open = { fence: null, pairs: [] };
const SEPARATORS = ["\n\n", "\n", " "];

/** The text in pieces of at most `most` (100 or more) units. No piece is empty; white space at the cuts is dropped. */
export function splitMarkdown(text: string, most: number): string[] {
  const whole = text.trim();
  if (whole.length <= most) return whole === "" ? [] : [whole];
  const scan = scanMarkdown(whole);
  const pieces: string[] = [];
  for (let start = 0; start < whole.length; ) {
    const head = openers(scan.open[start] ?? OUTSIDE);
    const cut = cutAfter(scan, start, most - head.length);
    const words = whole.slice(start, cut);
    if (words.trim() !== "") pieces.push(head + closed(words, scan.open[cut] ?? OUTSIDE));
    start = skipSpace(scan, cut);
  }
  return pieces;
}

function scanMarkdown(text: string): Scan {
  const cuttable: boolean[] = Array.from({ length: text.length + 1 }, () => true);
  const open: Open[] = Array.from({ length: text.length + 1 }, () => OUTSIDE);
  const closers = pairEnds(text);
  let pairs: readonly string[] = [];
  const mark = (from: number, to: number, inside: Open) => {
    for (let at = from; at < to; at += 1) open[at] = inside;
  };
  const keepWhole = (from: number, to: number) => {
    for (let at = from + 1; at < to; at += 1) cuttable[at] = false;
  };
  for (let at = 0; at < text.length; ) {
    const outside: Open = { fence: null, pairs };
    open[at] = outside;
    const fence = matchAt(FENCE, text, at);
    if (fence !== null) {
      const language = fence[1] ?? "";
      const [from, to] = [
        at + 3 + (language === "" ? 0 : language.length + 1),
        at + fence[0].length,
      ];
      mark(at + 1, to, { fence: language, pairs });
      keepWhole(at, from);
      keepWhole(to - 3, to);
      at = to;
      continue;
    }
    const atom = WHOLE.map((pattern) => matchAt(pattern, text, at)).find((match) => match !== null);
    if (atom != null) {
      mark(at + 1, at + atom[0].length, outside);
      keepWhole(at, at + atom[0].length);
      at += atom[0].length;
      continue;
    }
    const pair = closers.get(at);
    if (pair === undefined) {
      at += 1;
      continue;
    }
    mark(at + 1, at + 2, outside);
    keepWhole(at, at + 2);
    pairs = pairs.includes(pair) ? pairs.filter((one) => one !== pair) : [...pairs, pair];
    at += 2;
  }
  open[text.length] = { fence: null, pairs };
  return { text, cuttable, open };
}

/** Where pairs open and close, by place. One that is never closed is plain text. */
function pairEnds(text: string): Map<number, string> {
  const places = new Map<string, number[]>(PAIRS.map((pair) => [pair, []]));
  for (let at = 0; at < text.length; ) {
    const skipped = [FENCE, ...WHOLE]
      .map((pattern) => matchAt(pattern, text, at)?.[0].length ?? 0)
      .find((length) => length > 0);
    const pair = PAIRS.find((one) => text.startsWith(one, at));
    if (skipped === undefined && pair !== undefined) places.get(pair)?.push(at);
    at += skipped ?? pair?.length ?? 1;
  }
  const ends = new Map<number, string>();
  for (const [pair, found] of places) {
    for (const at of found.slice(0, found.length - (found.length % 2))) ends.set(at, pair);
  }
  return ends;
}

/** Where the piece that begins at `start` ends, with what closes it no longer than `room`. */
function cutAfter(scan: Scan, start: number, room: number): number {
  const { text } = scan;
  const fits = (cut: number) =>
    closed(text.slice(start, cut), scan.open[cut] ?? OUTSIDE).length <= room;
  if (fits(text.length)) return text.length;
  const last = Math.min(text.length, start + room);
  const nearest = start + Math.floor(room / 2); // a cut further up would waste half a message
  for (const separator of SEPARATORS) {
    for (let at = text.lastIndexOf(separator, last); at > nearest; ) {
      if (scan.cuttable[at] === true && fits(at)) return at;
      at = text.lastIndexOf(separator, at - 1);
    }
  }
  for (let at = last; at > start; at -= 1) {
    if (scan.cuttable[at] === true && unbroken(text, at) === at && fits(at)) return at;
  }
  const closers = closed("", scan.open[start] ?? OUTSIDE).length + 1;
  return Math.max(start + 1, unbroken(text, last - closers)); // longer than a message all by itself
}

function openers({ fence, pairs }: Open): string {
  return pairs.join("") + (fence === null ? "" : `\`\`\`${fence}\n`);
}

function closed(piece: string, { fence, pairs }: Open): string {
  const pairEnd = pairs.toReversed().join("");
  if (fence === null) return piece.trimEnd() + pairEnd;
  return `${piece}${piece.endsWith("\n") ? "" : "\n"}\`\`\`${pairEnd}`;
}

/** Inside of code white space has a meaning: there only the line's own end goes. */
function skipSpace({ text, open }: Scan, cut: number): number {
  let at = cut;
  if ((open[cut] ?? OUTSIDE).fence !== null) return text[at] === "\n" ? at + 1 : at;
  while (at < text.length && /\s/.test(text[at] ?? "")) at += 1;
  return at;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
