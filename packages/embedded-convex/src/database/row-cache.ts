/**
 * What the store answered lately. A query that runs again after a commit reads mostly
 * what the commit did not touch: those rows come from here (a statement costs about
 * 25 us, a hit 1 us; the bench's live view makes 51 reads, of which 49 repeat).
 *
 * An answer is what the store would say once every commit is in it: it is taken when no hot
 * version lies in its range (every commit that touched it is in the store), and follows the
 * commits from then on. Snapshots before a commit take the recent versions instead.
 * So a snapshot sees the same as without it: [TX4] and [TX7] fail when either is left out.
 */
import type { IndexKey } from "../rooms.ts";
import type { StoreReader } from "../store/reader.ts";
import { IntervalTree } from "../values/interval-tree.ts";
import { StoredDocument } from "./documents.ts";
import type { History } from "./history.ts";
import type { KeyChange } from "./recent-versions.ts";

const MAX_ANSWERS_PER_INDEX = 8192;
/** Most ranges are asked for once, by a mutation about one person; those are not worth keeping. */
const MAX_ASKED_ONCE = 512;
const MAX_ROWS = 64; // long scans are rarely repeated and would drive out the rest
const MAX_CHARS = 32 * 1024 * 1024;
const CHARS_PER_RANGE = 256; // what keeping a range takes beside its rows

export interface Row {
  readonly key: IndexKey;
  readonly document: StoredDocument;
}

export interface ScanRange {
  readonly index: number;
  readonly start: IndexKey;
  readonly end: IndexKey;
  readonly descending: boolean;
}

interface KeptRange {
  readonly name: string;
  readonly range: ScanRange;
  /** Rows asked for: when there are as many, more may lie behind them. */
  readonly limit: number;
  rows: readonly Row[];
}

interface Kept {
  readonly documents: Map<IndexKey, StoredDocument | null>;
  readonly ranges: KeptRanges;
}

/** By what was asked, and by the keys that change the answer. */
class KeptRanges {
  /** Once, lately. */
  readonly #asked = new Set<string>();
  readonly #byName = new Map<string, KeptRange>();
  #byKey = new IntervalTree<KeptRange>();

  get(name: string): KeptRange | undefined {
    return this.#byName.get(name);
  }

  /** From the second time on. */
  add(kept: KeptRange): void {
    if (!this.#asked.delete(kept.name)) {
      if (this.#asked.size >= MAX_ASKED_ONCE) this.#asked.clear();
      this.#asked.add(kept.name);
      return;
    }
    if (this.#byName.size >= MAX_ANSWERS_PER_INDEX) this.#clear();
    this.#byName.set(kept.name, kept);
    this.#byKey.add(kept.range, kept);
  }

  follow(key: IndexKey, document: StoredDocument | null): void {
    const unknown: KeptRange[] = [];
    this.#byKey.stab(key, (kept) => {
      const rows = rowsAfter(kept, key, document);
      if (rows === null) unknown.push(kept);
      else kept.rows = rows;
    });
    for (const kept of unknown) {
      this.#byName.delete(kept.name);
      this.#byKey.remove(kept.range, kept);
    }
  }

  #clear(): void {
    this.#byName.clear();
    this.#byKey = new IntervalTree();
  }
}

export class RowCache {
  readonly #reader: StoreReader;
  readonly #history: Pick<History, "hasHot">;
  readonly #byIndex = new Map<number, Kept>();
  /** Taken in since everything was last thrown away: an upper bound of what is held. */
  #chars = 0;

  constructor(reader: StoreReader, history: Pick<History, "hasHot">) {
    this.#reader = reader;
    this.#history = history;
  }

  /** What the store has under one key. */
  get(index: number, key: IndexKey): StoredDocument | null {
    const known = this.#byIndex.get(index)?.documents.get(key);
    if (known !== undefined) return known;
    const row = this.#reader.get(index, key);
    const document = row === null ? null : new StoredDocument(row);
    if (this.#history.hasHot(index, key, `${key}\x00`)) return document;
    const { documents } = this.#keptOf(index);
    if (documents.size >= MAX_ANSWERS_PER_INDEX) documents.clear();
    documents.set(key, document);
    this.#count(document === null ? 0 : document.json.length);
    return document;
  }

  /** At most `limit` rows of the range, from its near end. */
  range(range: ScanRange, limit: number): readonly Row[] {
    const { index, start, end, descending } = range;
    const name = `${descending ? "-" : "+"}${limit} ${start.length} ${start}${end}`;
    const known = this.#byIndex.get(index)?.ranges.get(name);
    if (known !== undefined) return known.rows;
    const rows = this.#reader
      .range(index, start, end, descending, limit)
      .map(({ key, document }) => ({ key, document: new StoredDocument(document) }));
    if (rows.length > MAX_ROWS || this.#history.hasHot(index, start, end)) return rows;
    this.#keptOf(index).ranges.add({ name, range, limit, rows });
    const chars = rows.reduce((sum, { document }) => sum + document.json.length, 0);
    this.#count(chars + name.length + CHARS_PER_RANGE);
    return rows;
  }

  /** A commit wrote these keys; to be called when its versions become hot. */
  follow(changes: readonly KeyChange[]): void {
    for (const { index, key, after } of changes) {
      const kept = this.#byIndex.get(index);
      if (kept === undefined) continue;
      if (kept.documents.has(key)) kept.documents.set(key, after);
      kept.ranges.follow(key, after);
      this.#count(after?.json.length ?? 0);
    }
  }

  #keptOf(index: number): Kept {
    let kept = this.#byIndex.get(index);
    if (kept === undefined) {
      kept = { documents: new Map(), ranges: new KeptRanges() };
      this.#byIndex.set(index, kept);
    }
    return kept;
  }

  #count(chars: number): void {
    this.#chars += chars;
    if (this.#chars <= MAX_CHARS) return;
    this.#chars = 0;
    this.#byIndex.clear();
  }
}

/** The answer after a write; null when what would follow in the place of a row is not known. */
function rowsAfter(
  { range, limit, rows }: KeptRange,
  key: IndexKey,
  document: StoredDocument | null,
): readonly Row[] | null {
  const isBefore = (row: Row) => (range.descending ? row.key > key : row.key < key);
  const at = rows.findIndex((row) => !isBefore(row));
  const place = at === -1 ? rows.length : at;
  const replaced = rows[place]?.key === key ? 1 : 0;
  if (document === null) {
    if (replaced === 1 && rows.length === limit) return null;
    return rows.toSpliced(place, replaced);
  }
  return rows.toSpliced(place, replaced, { key, document }).slice(0, limit);
}
