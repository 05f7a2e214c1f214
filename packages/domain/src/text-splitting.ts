/** Cutting text to the lengths a platform allows, in UTF-16 units, without breaking a character in two. */
const ELLIPSIS = "…";

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

/** `at`, or one less if that would part the two units of one character. */
export function unbroken(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  const isSecondHalf = unit >= 0xdc00 && unit <= 0xdfff;
  return isSecondHalf ? at - 1 : at;
}
