/**
 * The randomness of an execution: ChaCha with 12 rounds, keyed with the engine's seed. A run can
 * be repeated from its seed, yet who has seen its numbers cannot tell the seed or the next one, so
 * that salts and codes made by mutations are safe.
 */
const ROUNDS = 12;
const BLOCK_WORDS = 16;
/** The cipher's constant for keys of 16 bytes, "expand 16-byte k". */
const CONSTANT = [0x61707865, 0x3120646e, 0x79622d36, 0x6b206574];
const COUNTER = 12;

/** Columns, then diagonals: the places of the sixteen words that a quarter round mixes. */
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

export class SeededRandom {
  readonly #state = new Uint32Array(BLOCK_WORDS);
  readonly #block = new Uint32Array(BLOCK_WORDS);
  #used = BLOCK_WORDS;

  /** Four 32-bit words. Costs nothing more until a number is drawn. */
  seed(words: readonly number[]): void {
    this.#state.fill(0);
    this.#state.set([...CONSTANT, ...words, ...words]);
    this.#used = BLOCK_WORDS;
  }

  /** Unsigned 32 bits. */
  nextWord(): number {
    if (this.#used === BLOCK_WORDS) this.#nextBlock();
    return this.#block[this.#used++] ?? 0;
  }

  /** In [0, 1), 53 bits. */
  next(): number {
    return ((this.nextWord() >>> 5) * 67108864 + (this.nextWord() >>> 6)) / 9007199254740992;
  }

  #nextBlock(): void {
    const block = this.#block;
    block.set(this.#state);
    for (let round = 0; round < ROUNDS; round += 2) {
      for (const [a, b, c, d] of QUARTERS) quarterRound(block, a, b, c, d);
    }
    for (let i = 0; i < BLOCK_WORDS; i++) block[i] = (block[i] ?? 0) + (this.#state[i] ?? 0);
    this.#state[COUNTER] = (this.#state[COUNTER] ?? 0) + 1; // 2^32 blocks: more than a second makes
    this.#used = 0;
  }
}

function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  mix(x, a, b, d, 16);
  mix(x, c, d, b, 12);
  mix(x, a, b, d, 8);
  mix(x, c, d, b, 7);
}

/** Adds one word to another and turns a third by what came out. */
function mix(x: Uint32Array, sum: number, addend: number, turned: number, bits: number): void {
  const total = ((x[sum] ?? 0) + (x[addend] ?? 0)) | 0;
  const crossed = (x[turned] ?? 0) ^ total;
  x[sum] = total;
  x[turned] = (crossed << bits) | (crossed >>> (32 - bits));
}
