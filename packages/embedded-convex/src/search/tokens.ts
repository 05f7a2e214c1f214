/**
 * Text to terms, as upstream's tokeniser: runs of alphanumeric characters, the long ones
 * dropped, in lower case. No stemming, no stop words.
 *
 * [SEARCH1] Terms are runs of letters and digits of any script, lowered one by one;
 *           runs of 32 bytes or more are dropped.
 */
const MAX_TERM_BYTES = 31;
const RUNS = /[\p{Alphabetic}\p{N}]+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: everything that is one byte in UTF-8
const ASCII = /^[\x00-\x7f]*$/;

/** In the order of the text, with repeats. */
export function tokenize(text: string): string[] {
  const terms: string[] = [];
  for (const [run] of text.matchAll(RUNS)) if (isShort(run)) terms.push(lower(run));
  return terms;
}

function isShort(run: string): boolean {
  if (run.length > MAX_TERM_BYTES) return false;
  return ASCII.test(run) || Buffer.byteLength(run) <= MAX_TERM_BYTES;
}

/** Character by character: JavaScript alone would end a word with another sigma. */
function lower(run: string): string {
  return (run.includes("Σ") ? run.replaceAll("Σ", "σ") : run).toLowerCase();
}

/** The order of terms: that of their UTF-8 bytes, as the store has it. */
export function compareTerms(a: string, b: string): number {
  return ASCII.test(a) && ASCII.test(b)
    ? Number(a > b) - Number(a < b)
    : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
