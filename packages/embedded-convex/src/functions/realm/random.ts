/**
 * Math.random as an execution sees it: xoshiro128**, seeded by the engine, so a
 * run can be repeated. Quality is that of Math.random; it is not for secrets.
 */
export class SeededRandom {
  #a = 1;
  #b = 2;
  #c = 3;
  #d = 4;

  seed(words: readonly number[]): void {
    this.#a = words[0] ?? 1;
    this.#b = words[1] ?? 2;
    this.#c = words[2] ?? 3;
    // An all-zero state would stay zero for ever.
    this.#d = (words[3] ?? 4) | 1;
  }

  /** Unsigned 32 bits. */
  nextWord(): number {
    const scrambled = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return scrambled >>> 0;
  }

  /** In [0, 1), 53 bits. */
  next(): number {
    return ((this.nextWord() >>> 5) * 67108864 + (this.nextWord() >>> 6)) / 9007199254740992;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
