/**
 * BM25 with the usual constants, on lengths rounded as search engines store them: one
 * byte, exact up to 40 terms, then in steps that grow with the length.
 */
const K1 = 1.2;
const B = 0.75;
const EXACT_LENGTHS = 24;
const MANTISSA_BITS = 3;

export const NORMS = 256;
const LENGTHS: readonly number[] = Array.from({ length: NORMS }, (_, norm) => lengthOf(norm));

/** The largest norm whose length is not above this one. */
export function normOf(length: number): number {
  let low = 0;
  let high = NORMS - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((LENGTHS[middle] ?? 0) <= length) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Above the exact ones a norm is a small float: three bits of mantissa, the rest exponent. */
function lengthOf(norm: number): number {
  if (norm < EXACT_LENGTHS) return norm;
  const float = norm - EXACT_LENGTHS;
  const mantissa = float & ((1 << MANTISSA_BITS) - 1);
  const exponent = (float >> MANTISSA_BITS) - 1;
  return (
    EXACT_LENGTHS + (exponent < 0 ? mantissa : (mantissa + (1 << MANTISSA_BITS)) * 2 ** exponent)
  );
}

export interface Corpus {
  readonly documents: number;
  /** Terms of all documents, repeats counted. */
  readonly tokens: number;
}

/** A term's weight in one corpus: how its frequency in a document becomes a score. */
export class TermWeight {
  readonly #weight: number;
  readonly #averageLength: number;

  constructor({ documents, tokens }: Corpus, documentsWithTerm: number, boost: number) {
    const others = Math.max(0, documents - documentsWithTerm);
    const rarity = Math.log(1 + (others + 0.5) / (documentsWithTerm + 0.5));
    this.#weight = rarity * (1 + K1) * boost;
    this.#averageLength = tokens / Math.max(1, documents);
  }

  score(frequency: number, norm: number): number {
    const relativeLength = (LENGTHS[norm] ?? 0) / this.#averageLength;
    return (this.#weight * frequency) / (frequency + K1 * (1 - B + B * relativeLength));
  }
}
