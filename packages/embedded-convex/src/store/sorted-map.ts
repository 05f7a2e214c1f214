/**
 * A map ordered by its string keys, for the recent versions of an index.
 *
 * Two levels: a list of blocks, each a short sorted array. Finding is two binary
 * searches; inserting moves at most one block's entries. A block that grows past
 * the limit splits in two, an empty one goes.
 */
const BLOCK_LIMIT = 256; // moving 256 references is cheaper than a deeper tree

interface Block<V> {
  readonly keys: string[];
  readonly values: V[];
}

export class SortedMap<V> {
  readonly #blocks: Block<V>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    const block = this.#blocks[this.#blockFor(key)];
    if (block === undefined) return undefined;
    const at = lowerBound(block.keys, key);
    return block.keys[at] === key ? block.values[at] : undefined;
  }

  set(key: string, value: V): void {
    const blockAt = this.#blockFor(key);
    const block = this.#blocks[blockAt];
    if (block === undefined) {
      this.#blocks.push({ keys: [key], values: [value] });
      this.#size = 1;
      return;
    }
    const at = lowerBound(block.keys, key);
    if (block.keys[at] === key) {
      block.values[at] = value;
      return;
    }
    block.keys.splice(at, 0, key);
    block.values.splice(at, 0, value);
    this.#size++;
    if (block.keys.length > BLOCK_LIMIT) this.#split(blockAt, block);
  }

  delete(key: string): boolean {
    const blockAt = this.#blockFor(key);
    const block = this.#blocks[blockAt];
    if (block === undefined) return false;
    const at = lowerBound(block.keys, key);
    if (block.keys[at] !== key) return false;
    block.keys.splice(at, 1);
    block.values.splice(at, 1);
    this.#size--;
    if (block.keys.length === 0) this.#blocks.splice(blockAt, 1);
    return true;
  }

  /** Entries with start <= key < end, ascending. The map must not change meanwhile. */
  *range(start: string, end: string): Generator<[string, V]> {
    for (let b = this.#blockFor(start); b < this.#blocks.length; b++) {
      const block = this.#blocks[b];
      if (block === undefined) return;
      for (let i = lowerBound(block.keys, start); i < block.keys.length; i++) {
        const key = block.keys[i] as string;
        if (key >= end) return;
        yield [key, block.values[i] as V];
      }
    }
  }

  /** The first entry with start <= key < end. */
  first(start: string, end: string): [string, V] | null {
    for (const entry of this.range(start, end)) return entry;
    return null;
  }

  /** The last entry with start <= key < end. */
  last(start: string, end: string): [string, V] | null {
    for (let b = this.#blockFor(end); b >= 0; b--) {
      const block = this.#blocks[b];
      if (block === undefined) continue;
      const at = lowerBound(block.keys, end) - 1;
      const key = block.keys[at];
      if (key === undefined) continue;
      return key >= start ? [key, block.values[at] as V] : null;
    }
    return null;
  }

  /** The block whose range covers the key: the last one that starts at or before it. */
  #blockFor(key: string): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const first = this.#blocks[middle]?.keys[0];
      if (first !== undefined && first <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #split(at: number, block: Block<V>): void {
    const half = block.keys.length >> 1;
    const right = { keys: block.keys.splice(half), values: block.values.splice(half) };
    this.#blocks.splice(at + 1, 0, right);
  }
}

/** Index of the first key >= `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
