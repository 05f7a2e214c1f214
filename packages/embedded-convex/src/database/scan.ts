/**
 * Reading one index in a range and a direction, as a snapshot sees it.
 *
 * The store is read in chunks; each chunk is merged with the recent versions at
 * once, because later the store has moved on and versions may be gone. The
 * transaction's own writes are merged last, row by row: a write ahead of the
 * scan is seen, one behind it is not.
 */
import type { IndexKey, Timestamp } from "../rooms.ts";
import type { SortedMap } from "../store/sorted-map.ts";
import { keySuccessor } from "../values/keys.ts";
import { idKey, type StoredDocument } from "./documents.ts";
import type { History } from "./history.ts";
import type { Row, RowCache, ScanRange } from "./row-cache.ts";

export type { Row, ScanRange } from "./row-cache.ts";

const FIRST_CHUNK_ROWS = 16;
const MAX_CHUNK_ROWS = 512;
/** Chunks do not grow beyond about this much text. */
const MAX_CHUNK_CHARS = 1024 * 1024;

/** Own writes of one index: null hides the row of the snapshot. */
export type OwnRows = SortedMap<StoredDocument | null>;

/** Everything committed up to `ts`. */
export class Snapshot {
  readonly ts: Timestamp;
  readonly #store: RowCache;
  readonly #history: History;

  constructor(ts: Timestamp, store: RowCache, history: History) {
    this.ts = ts;
    this.#store = store;
    this.#history = history;
  }

  /** By the id's row in a by_id index. */
  get(byIdIndex: number, id: string): StoredDocument | null {
    this.#history.check(this.ts);
    const key = idKey(id);
    const recent = this.#history.versionOf(byIdIndex, key, this.ts);
    if (recent !== undefined) return recent;
    return this.#store.get(byIdIndex, key);
  }

  /** Rows from the near end of the range; `rest` is what they leave, null when nothing. */
  chunk(range: ScanRange, rows: number): { rows: readonly Row[]; rest: ScanRange | null } {
    this.#history.check(this.ts);
    const stored = this.#store.range(range, rows);
    const last = stored.at(-1);
    const covered = last === undefined || stored.length < rows ? range : upTo(range, last.key);
    const merged = this.#merge(covered, stored);
    return { rows: merged, rest: covered === range ? null : after(range, covered) };
  }

  #merge(range: ScanRange, stored: readonly Row[]): readonly Row[] {
    const { index, start, end, descending } = range;
    const recent = this.#history.versionsIn(index, start, end, this.ts);
    if (recent.size === 0) return stored;
    const rows = stored.filter(({ key }) => !recent.has(key));
    for (const [key, document] of recent) if (document !== null) rows.push({ key, document });
    const sign = descending ? -1 : 1;
    return rows.sort((a, b) => (a.key < b.key ? -sign : sign));
  }
}

/** The part of the range from its near end through `key`. */
function upTo(range: ScanRange, key: IndexKey): ScanRange {
  return range.descending ? { ...range, start: key } : { ...range, end: keySuccessor(key) };
}

/** What remains of `range` behind `covered`. */
function after(range: ScanRange, covered: ScanRange): ScanRange {
  return range.descending ? { ...range, end: covered.start } : { ...range, start: covered.end };
}

/** Walks a range row by row. `consumed` is what the rows given out until now prove. */
export class Scan {
  readonly #snapshot: Snapshot;
  readonly #range: ScanRange;
  /** Looked up each time: the first own write may come while the scan is under way. */
  readonly #ownRows: () => OwnRows | undefined;
  #buffer: readonly Row[] = [];
  #at = 0;
  #unread: ScanRange | null;
  #remaining: ScanRange;
  #chunkRows: number;
  #done = false;

  /** `expected` rows are fetched first: the caller's limit, if it has one. */
  constructor(
    snapshot: Snapshot,
    range: ScanRange,
    ownRows: () => OwnRows | undefined,
    expected: number | null,
  ) {
    this.#snapshot = snapshot;
    this.#range = range;
    this.#unread = range;
    this.#remaining = range;
    this.#ownRows = ownRows;
    this.#chunkRows = Math.max(1, Math.min(expected ?? FIRST_CHUNK_ROWS, MAX_CHUNK_ROWS));
  }

  /** The next row, null at the end of the range. */
  next(): Row | null {
    for (;;) {
      const stored = this.#peek();
      const own = this.#peekOwn();
      if (stored === null && own === null) {
        this.#done = true;
        return null;
      }
      const takeOwn = own !== null && (stored === null || !this.#isBefore(stored.key, own[0]));
      const key = takeOwn ? own[0] : (stored?.key ?? "");
      if (stored?.key === key) this.#at++;
      this.#remaining = after(this.#remaining, upTo(this.#remaining, key));
      const document = takeOwn ? own[1] : (stored?.document ?? null);
      if (document !== null) return { key, document };
    }
  }

  /** The interval that what was given out depends on; null before the first row. */
  consumed(): { start: IndexKey; end: IndexKey } {
    const { start, end, descending } = this.#range;
    if (this.#done) return { start, end };
    return descending ? { start: this.#remaining.end, end } : { start, end: this.#remaining.start };
  }

  #peek(): Row | null {
    while (this.#at >= this.#buffer.length) {
      if (this.#unread === null) return null;
      const { rows, rest } = this.#snapshot.chunk(this.#unread, this.#chunkRows);
      this.#buffer = rows;
      this.#at = 0;
      this.#unread = rest;
      if (textChars(rows) < MAX_CHUNK_CHARS) {
        this.#chunkRows = Math.min(this.#chunkRows * 2, MAX_CHUNK_ROWS);
      }
    }
    return this.#buffer[this.#at] ?? null;
  }

  #peekOwn(): [IndexKey, StoredDocument | null] | null {
    const rows = this.#ownRows();
    if (rows === undefined) return null;
    const { start, end, descending } = this.#remaining;
    return descending ? rows.last(start, end) : rows.first(start, end);
  }

  #isBefore(a: IndexKey, b: IndexKey): boolean {
    return this.#range.descending ? a > b : a < b;
  }
}

function textChars(rows: readonly Row[]): number {
  let chars = 0;
  for (const { document } of rows) chars += document.json.length;
  return chars;
}
