/**
 * The recent versions: per index, the keys that recent commits touched, each with
 * its versions. The store has only the newest row of each key, and has it a little
 * later; what a snapshot at T sees of a known key is decided here alone.
 *
 *   key k:  [before, A]  [10, B]  [20, gone]
 *   T = 5 -> A     T = 10..19 -> B     T >= 20 -> nothing     (the store: A, B or nothing)
 *
 * Versions leave when they are durable, older than every open transaction and past
 * the retention; the last version of a key leaves with the commit that made it,
 * because then the store has the same.
 */
import type { IndexKey, Timestamp } from "../rooms.ts";
import { SortedMap } from "../store/sorted-map.ts";
import type { StoredDocument } from "./documents.ts";

interface Version {
  /** 0 for what was there before the first recent commit. */
  readonly ts: Timestamp;
  readonly document: StoredDocument | null;
}

/** What a commit did to one key of one index. */
export interface KeyChange {
  readonly index: number;
  readonly key: IndexKey;
  readonly before: StoredDocument | null;
  readonly after: StoredDocument | null;
}

export class RecentVersions {
  readonly #indexes = new Map<number, SortedMap<Version[]>>();

  /** `ts` must be later than every recorded one. */
  record(ts: Timestamp, changes: readonly KeyChange[]): void {
    for (const { index, key, before, after } of changes) {
      let keys = this.#indexes.get(index);
      if (keys === undefined) {
        keys = new SortedMap();
        this.#indexes.set(index, keys);
      }
      const versions = keys.get(key);
      if (versions === undefined) {
        keys.set(key, [
          { ts: 0n, document: before },
          { ts, document: after },
        ]);
      } else versions.push({ ts, document: after });
    }
  }

  /** What a snapshot at `at` sees under this key; undefined: ask the store. */
  get(index: number, key: IndexKey, at: Timestamp): StoredDocument | null | undefined {
    const versions = this.#indexes.get(index)?.get(key);
    return versions === undefined ? undefined : visible(versions, at);
  }

  /** Is any key in [start, end) known? */
  has(index: number, start: IndexKey, end: IndexKey): boolean {
    return (this.#indexes.get(index)?.first(start, end) ?? null) !== null;
  }

  /** Every known key in [start, end), ascending, with what a snapshot at `at` sees. */
  *range(
    index: number,
    start: IndexKey,
    end: IndexKey,
    at: Timestamp,
  ): Generator<[IndexKey, StoredDocument | null]> {
    const keys = this.#indexes.get(index);
    if (keys === undefined) return;
    for (const [key, versions] of keys.range(start, end)) yield [key, visible(versions, at)];
  }

  /** Forgets what only snapshots before `ts` could see. Commits leave in their order. */
  forget(ts: Timestamp, changes: readonly KeyChange[]): void {
    for (const { index, key } of changes) {
      const keys = this.#indexes.get(index);
      const versions = keys?.get(key);
      if (keys === undefined || versions === undefined) continue;
      const kept = versions.filter((version) => version.ts >= ts);
      if (kept.length > 1) keys.set(key, kept);
      else keys.delete(key);
      if (keys.size === 0) this.#indexes.delete(index);
    }
  }
}

function visible(versions: readonly Version[], at: Timestamp): StoredDocument | null {
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i];
    if (version !== undefined && version.ts <= at) return version.document;
  }
  return null;
}
