/**
 * The recent past: commits (for conflict checks), their key versions (for snapshots)
 * and the catalogs, kept for as long as somebody may ask.
 *
 * Versions are hot until they are durable and no open transaction began before them,
 * then cold. Almost every read is of a recent timestamp and meets only the few hot
 * ones; the cold ones, a minute's worth, are there for those who ask for older ones.
 *
 *        floor         cold up to       durable      latest
 *   gone   |   cold        |      hot      |    hot     |
 *
 * [TX5] A cold commit stays while an open transaction began before it, and until it is
 *       older than the retention or the versions are too many.
 */
import { type Conflict, OutOfRetentionError } from "../errors.ts";
import type { Commit, IndexKey, Timestamp } from "../rooms.ts";
import type { Catalog } from "./catalog.ts";
import type { StoredDocument } from "./documents.ts";
import type { ReadSetBuilder } from "./read-set.ts";
import { type KeyChange, RecentVersions } from "./recent-versions.ts";

/** Clients may ask again at a timestamp they were given; a minute is enough for that. */
const RETENTION_MS = 60_000;
const MAX_VERSIONS = 200_000;
/** Bounds memory when documents are large. */
const MAX_TEXT_CHARS = 128 * 1024 * 1024;
/** Beyond this many versions an open transaction does not hold them back any more. */
const HARD_MAX_VERSIONS = 4 * MAX_VERSIONS;
const MIN_COMPACTION = 1024;
const NEVER: Timestamp = 2n ** 63n;

/** One document's change in a commit. */
export interface DocumentChange {
  readonly component: string;
  readonly table: string;
  readonly tablet: number;
  readonly id: string;
  readonly before: StoredDocument | null;
  readonly after: StoredDocument | null;
}

export interface PastCommit {
  readonly commit: Commit;
  readonly committedAtMs: number;
  readonly documents: readonly DocumentChange[];
  readonly keys: readonly KeyChange[];
  /** Position in `documents` of each entry of `commit.indexWrites`. */
  readonly documentOfWrite: readonly number[];
  /** The catalog from this commit on. */
  readonly catalog: Catalog;
  /** Documents more or fewer, by tablet. */
  readonly counts: ReadonlyMap<number, number>;
}

export class History {
  readonly #hot = new RecentVersions();
  readonly #cold = new RecentVersions();
  readonly #open = new Map<Timestamp, number>();
  /** Oldest first; those before `#first` are dropped, those before `#firstHot` cold. */
  readonly #commits: PastCommit[] = [];
  #first = 0;
  #firstHot = 0;
  #coldUpTo: Timestamp;
  #versionCount = 0;
  #textChars = 0;
  /** Snapshots before this are gone. */
  #floor: Timestamp;
  #floorCatalog: Catalog;

  constructor(floor: Timestamp, catalog: Catalog) {
    this.#floor = floor;
    this.#coldUpTo = floor;
    this.#floorCatalog = catalog;
  }

  /** Throws OutOfRetentionError. Pair with `release`. */
  hold(ts: Timestamp): void {
    this.check(ts);
    this.#open.set(ts, (this.#open.get(ts) ?? 0) + 1);
  }

  release(ts: Timestamp): void {
    const holders = this.#open.get(ts) ?? 0;
    if (holders <= 1) this.#open.delete(ts);
    else this.#open.set(ts, holders - 1);
  }

  /** Throws OutOfRetentionError when a snapshot at `ts` can no longer be read. */
  check(ts: Timestamp): void {
    if (ts < this.#floor) throw new OutOfRetentionError();
  }

  add(past: PastCommit): void {
    this.#commits.push(past);
    this.#hot.record(past.commit.ts, past.keys);
    this.#versionCount += past.keys.length;
    this.#textChars += textChars(past);
  }

  /** Key versions kept in memory. */
  get versionCount(): number {
    return this.#versionCount;
  }

  /** Timestamps somebody reads at. */
  get heldCount(): number {
    return this.#open.size;
  }

  catalogAt(ts: Timestamp): Catalog {
    const after = this.#firstAfter(ts);
    const last = after > this.#first ? this.#commits[after - 1] : undefined;
    return last === undefined ? this.#floorCatalog : last.catalog;
  }

  /** What a snapshot at `at` sees under this key; undefined: what the store has. */
  versionOf(index: number, key: IndexKey, at: Timestamp): StoredDocument | null | undefined {
    const cold = at < this.#coldUpTo ? this.#cold.get(index, key, at) : undefined;
    return cold === undefined ? this.#hot.get(index, key, at) : cold;
  }

  /** The same for every key in [start, end) that the store may have otherwise. */
  versionsIn(
    index: number,
    start: IndexKey,
    end: IndexKey,
    at: Timestamp,
  ): ReadonlyMap<IndexKey, StoredDocument | null> {
    const versions = new Map(this.#hot.range(index, start, end, at));
    if (at >= this.#coldUpTo) return versions;
    for (const [key, old] of this.#cold.range(index, start, end, at)) versions.set(key, old);
    return versions;
  }

  /** Some key in [start, end) has versions that the store may not have yet. */
  hasHot(index: number, start: IndexKey, end: IndexKey): boolean {
    return this.#hot.has(index, start, end);
  }

  /** Commits with after < ts <= upTo, oldest first. */
  between(after: Timestamp, upTo: Timestamp): readonly PastCommit[] {
    return this.#commits.slice(this.#firstAfter(after), this.#firstAfter(upTo));
  }

  /** Are all commits after `ts` still known? */
  knowsSince(ts: Timestamp): boolean {
    return ts >= this.#floor;
  }

  /** Throws OutOfRetentionError. The first later commit that wrote, with its old or new key, inside what was read. */
  findConflict(reads: ReadSetBuilder, since: Timestamp): Conflict | null {
    this.check(since); // a commit that is no longer known may have conflicted
    for (let i = this.#firstAfter(since); i < this.#commits.length; i++) {
      const past = this.#commits[i];
      const conflict = past === undefined ? null : conflictWith(past, reads);
      if (conflict !== null) return conflict;
    }
    return null;
  }

  /** Cools what is durable and drops what [TX5] allows. */
  prune(durableTs: Timestamp, nowMs: number): void {
    const oldestOpen = this.#versionCount > HARD_MAX_VERSIONS ? NEVER : this.#oldestOpen();
    this.#cool(durableTs, oldestOpen);
    for (; this.#first < this.#firstHot; this.#first++) {
      const past = this.#commits[this.#first];
      if (past === undefined || past.commit.ts > oldestOpen) break;
      if (!this.#isExpendable(past, nowMs)) break;
      this.#drop(past);
    }
    this.#compact();
  }

  /** Gives the dropped commits' places back, now and then. */
  #compact(): void {
    if (this.#first < MIN_COMPACTION || this.#first < this.#commits.length / 4) return;
    this.#commits.splice(0, this.#first);
    this.#firstHot -= this.#first;
    this.#first = 0;
  }

  #cool(durableTs: Timestamp, oldestOpen: Timestamp): void {
    for (; this.#firstHot < this.#commits.length; this.#firstHot++) {
      const past = this.#commits[this.#firstHot];
      if (past === undefined || past.commit.ts > durableTs || past.commit.ts > oldestOpen) return;
      this.#cold.record(past.commit.ts, past.keys);
      this.#hot.forget(past.commit.ts, past.keys);
      this.#coldUpTo = past.commit.ts;
    }
  }

  #isExpendable(past: PastCommit, nowMs: number): boolean {
    return (
      nowMs - past.committedAtMs > RETENTION_MS ||
      this.#versionCount > MAX_VERSIONS ||
      this.#textChars > MAX_TEXT_CHARS
    );
  }

  #drop(past: PastCommit): void {
    this.#cold.forget(past.commit.ts, past.keys);
    this.#versionCount -= past.keys.length;
    this.#textChars -= textChars(past);
    this.#floor = past.commit.ts;
    this.#floorCatalog = past.catalog;
  }

  #oldestOpen(): Timestamp {
    let oldest: Timestamp | null = null;
    for (const ts of this.#open.keys()) if (oldest === null || ts < oldest) oldest = ts;
    return oldest ?? NEVER;
  }

  #firstAfter(ts: Timestamp): number {
    let low = this.#first;
    let high = this.#commits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#commits[middle] as PastCommit).commit.ts <= ts) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function conflictWith(past: PastCommit, reads: ReadSetBuilder): Conflict | null {
  const at = conflictingDocument(past, reads);
  if (at === undefined) return null;
  const { ts, source } = past.commit;
  const document = past.documents[at];
  return {
    table: document?.table ?? null,
    documentId: document?.id ?? null,
    source,
    committedAt: ts,
  };
}

/** Position among the commit's documents of the first one that was read. */
function conflictingDocument(past: PastCommit, reads: ReadSetBuilder): number | undefined {
  const { indexWrites, searchWrites } = past.commit;
  for (const [i, write] of indexWrites.entries()) {
    if (reads.contains(write.indexId, write.key)) return past.documentOfWrite[i] ?? -1;
  }
  if (searchWrites === undefined || !reads.hasSearches) return undefined;
  return searchWrites.find(({ indexId, text }) => reads.containsText(indexId, text))?.document;
}

function textChars(past: PastCommit): number {
  let chars = 0;
  for (const { before, after } of past.documents) {
    chars += (before?.json.length ?? 0) + (after?.json.length ?? 0);
  }
  return chars;
}
