/**
 * Cutting text to the lengths a platform allows, in UTF-16 units, without
 * breaking a character in two.
 *
 * [CUT1] No piece is longer than allowed, and no character is broken or lost.
 * [CUT2] A cut falls between paragraphs, else lines, else words, if one is near enough.
 */
const ELLIPSIS = "…";

/** The text cut into pieces of at most `most` (2 or more) units; white space at the cuts is dropped. No piece is empty. */
export function splitText(text: string, most: number): string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  while (rest.length > most) {
    const cut = cutAt(rest, most);
    pieces.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return rest === "" ? pieces : [...pieces, rest];
}

/** The text, or its beginning with an ellipsis, in at most `most` units. */
export function shortenText(text: string, most: number): string {
  if (text.length <= most) return text;
  if (most <= ELLIPSIS.length) return text.slice(0, unbroken(text, most));
  return text.slice(0, unbroken(text, most - ELLIPSIS.length)).trimEnd() + ELLIPSIS;
}

/** The text, or its end after an ellipsis, in at most `most` units. */
export function shortenStart(text: string, most: number): string {
  if (text.length <= most) return text;
  const from = text.length - most + ELLIPSIS.length;
  const isSecondHalf = unbroken(text, from) !== from;
  return ELLIPSIS + text.slice(isSecondHalf ? from + 1 : from);
}

function cutAt(text: string, most: number): number {
  const nearest = Math.floor(most / 2); // a cut further up would waste half a message
  for (const separator of ["\n\n", "\n", " "]) {
    const found = text.lastIndexOf(separator, most);
    if (found >= nearest) return found;
  }
  return unbroken(text, most);
}

/** `at`, or one less if that would part the two units of one character. */
function unbroken(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  const isSecondHalf = unit >= 0xdc00 && unit <= 0xdfff;
  return isSecondHalf ? at - 1 : at;
}
