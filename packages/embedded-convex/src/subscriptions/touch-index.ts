/**
 * Which read sets does a commit touch? One point map and one interval tree per
 * database index, so that the answer does not depend on how many read sets there are.
 *
 * [SUB1] A read set is found exactly when a written key, old or new, lies in one of its intervals.
 * [SUB2] Among 10,000 read sets the touched ones are found in far less than a millisecond.
 */
import type { Commit, IndexKey, KeyInterval, ReadSet } from "../rooms.ts";
import { PredicateIndex } from "../search/predicate-index.ts";
import { satisfies } from "../search/predicates.ts";
import { IntervalTree } from "../values/interval-tree.ts";

interface Waiting<T> {
  /** Intervals of a single key: what `get` and unique lookups read. */
  readonly points: Map<IndexKey, Set<T>>;
  readonly ranges: IntervalTree<T>;
}

export class TouchIndex<T> {
  readonly #byIndex = new Map<number, Waiting<T>>();
  readonly #searches = new Map<number, PredicateIndex<T>>();

  add(reads: ReadSet, item: T): void {
    for (const [indexId, intervals] of reads.intervals) {
      const waiting = this.#waitingOn(indexId);
      for (const interval of intervals) {
        if (isPoint(interval)) addPoint(waiting.points, interval.start, item);
        else waiting.ranges.add(interval, item);
      }
    }
    for (const predicate of reads.searches ?? []) {
      const searches = this.#searches.get(predicate.indexId) ?? new PredicateIndex<T>();
      this.#searches.set(predicate.indexId, searches);
      searches.add(predicate, item);
    }
  }

  remove(reads: ReadSet, item: T): void {
    for (const [indexId, intervals] of reads.intervals) {
      const waiting = this.#byIndex.get(indexId);
      if (waiting === undefined) continue;
      for (const interval of intervals) {
        if (isPoint(interval)) removePoint(waiting.points, interval.start, item);
        else waiting.ranges.remove(interval, item);
      }
      if (waiting.points.size === 0 && waiting.ranges.isEmpty) this.#byIndex.delete(indexId);
    }
    for (const predicate of reads.searches ?? []) {
      const searches = this.#searches.get(predicate.indexId);
      searches?.remove(predicate, item);
      if (searches?.isEmpty === true) this.#searches.delete(predicate.indexId);
    }
  }

  touched(commit: Commit): Set<T> {
    const found = new Set<T>();
    for (const { indexId, key } of commit.indexWrites) {
      const waiting = this.#byIndex.get(indexId);
      if (waiting === undefined) continue;
      for (const item of waiting.points.get(key) ?? []) found.add(item);
      waiting.ranges.stab(key, (item) => found.add(item));
    }
    for (const { indexId, text } of commit.searchWrites ?? []) {
      this.#searches.get(indexId)?.match(text, (item) => found.add(item));
    }
    return found;
  }

  #waitingOn(indexId: number): Waiting<T> {
    let waiting = this.#byIndex.get(indexId);
    if (waiting === undefined) {
      waiting = { points: new Map(), ranges: new IntervalTree() };
      this.#byIndex.set(indexId, waiting);
    }
    return waiting;
  }
}

/** Did the commit write in what was read? For one read set, without an index. */
export function overlaps(
  reads: ReadSet,
  { indexWrites, searchWrites = [] }: Pick<Commit, "indexWrites" | "searchWrites">,
): boolean {
  const inIntervals = indexWrites.some(({ indexId, key }) => {
    const intervals = reads.intervals.get(indexId);
    return intervals !== undefined && contains(intervals, key);
  });
  if (inIntervals || reads.searches === undefined) return inIntervals;
  return searchWrites.some(
    ({ indexId, text }) =>
      reads.searches?.some(
        (predicate) => predicate.indexId === indexId && satisfies(text, predicate),
      ) === true,
  );
}

function contains(intervals: readonly KeyInterval[], key: IndexKey): boolean {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const interval = intervals[middle];
    if (interval !== undefined && interval.start <= key) low = middle + 1;
    else high = middle;
  }
  const last = intervals[low - 1]; // sorted and disjoint: only this one can hold it
  return last !== undefined && (last.end === null || key < last.end);
}

function isPoint({ start, end }: KeyInterval): boolean {
  return end !== null && end.length === start.length + 1 && end === `${start}\x00`;
}

function addPoint<T>(points: Map<IndexKey, Set<T>>, key: IndexKey, item: T): void {
  const items = points.get(key);
  if (items === undefined) points.set(key, new Set([item]));
  else items.add(item);
}

function removePoint<T>(points: Map<IndexKey, Set<T>>, key: IndexKey, item: T): void {
  const items = points.get(key);
  if (items?.delete(item) && items.size === 0) points.delete(key);
}
