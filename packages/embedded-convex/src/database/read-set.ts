/**
 * Which index intervals an execution consumed, kept sorted and disjoint per index.
 * Reading the same or neighbouring keys again merges, so the set stays small.
 */
import type { IndexKey, KeyInterval, ReadSet, SearchedText, SearchPredicate } from "../rooms.ts";
import { satisfies } from "../search/predicates.ts";
import { END_OF_INDEX } from "../values/keys.ts";

interface Interval {
  start: IndexKey;
  end: IndexKey;
}

export class ReadSetBuilder {
  readonly #byIndex = new Map<number, Interval[]>();
  /** By their text: the same search again adds nothing. */
  readonly #searches = new Map<string, SearchPredicate>();

  /** Adds [start, end). Returns by how many intervals the set grew (it may shrink by merging). */
  add(index: number, start: IndexKey, end: IndexKey): number {
    if (start >= end) return 0;
    let list = this.#byIndex.get(index);
    if (list === undefined) {
      list = [];
      this.#byIndex.set(index, list);
    }
    const from = firstEndingAtOrAfter(list, start);
    const first = list[from];
    if (first !== undefined && first.start <= start && end <= first.end) return 0;
    return merge(list, from, start, end);
  }

  contains(index: number, key: IndexKey): boolean {
    const list = this.#byIndex.get(index);
    return list !== undefined && covers(list, key);
  }

  get hasSearches(): boolean {
    return this.#searches.size > 0;
  }

  /** False when the same search was there already. */
  addSearch(predicate: SearchPredicate): boolean {
    const text = JSON.stringify(predicate);
    if (this.#searches.has(text)) return false;
    this.#searches.set(text, predicate);
    return true;
  }

  /** Does this version of a document belong to what was searched? */
  containsText(indexId: number, text: SearchedText): boolean {
    for (const predicate of this.#searches.values())
      if (predicate.indexId === indexId && satisfies(text, predicate)) return true;
    return false;
  }

  /** A copy that later reads do not change. */
  snapshot(): ReadSet {
    const intervals = new Map<number, KeyInterval[]>();
    for (const [index, list] of this.#byIndex) {
      intervals.set(
        index,
        list.map(({ start, end }) => ({ start, end: end === END_OF_INDEX ? null : end })),
      );
    }
    return this.hasSearches ? { intervals, searches: [...this.#searches.values()] } : { intervals };
  }
}

/** Replaces the intervals that touch [start, end) by their union with it. */
function merge(list: Interval[], from: number, start: IndexKey, end: IndexKey): number {
  let to = from;
  const union = { start, end };
  for (let next = list[to]; next !== undefined && next.start <= end; next = list[to]) {
    if (next.start < union.start) union.start = next.start;
    if (next.end > union.end) union.end = next.end;
    to++;
  }
  list.splice(from, to - from, union);
  return 1 - (to - from);
}

function covers(list: readonly Interval[], key: IndexKey): boolean {
  let at = firstEndingAtOrAfter(list, key);
  if (list[at]?.end === key) at++; // ends are exclusive
  const interval = list[at];
  return interval !== undefined && interval.start <= key && key < interval.end;
}

function firstEndingAtOrAfter(list: readonly Interval[], key: IndexKey): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as Interval).end < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
