/** What a snapshot export reads of the store, in one SQLite read transaction. */
import type { JSONValue } from "convex/values";
import { Catalog, indexNamed, type TableInfo } from "../database/catalog.ts";
import { loadCatalog } from "../database/load-catalog.ts";
import { SYSTEM_TABLES } from "../database/system-tables.ts";
import type { Timestamp } from "../rooms.ts";
import { openForReading } from "../store/format.ts";
import { StoreReader } from "../store/reader.ts";
import { END_OF_INDEX, keySuccessor } from "../values/keys.ts";

const ROWS_PER_READ = 256;
const CACHE_KIB = 8192; // every page is read once

export interface SnapshotFile {
  /** The `_storage` document, as JSON. */
  readonly row: { readonly _id: string; readonly [field: string]: JSONValue };
  /** Name of its bytes. */
  readonly storageId: string;
}

export class SnapshotReader {
  /** Newest commit in it. */
  readonly ts: Timestamp;
  readonly #reader: StoreReader;
  readonly #catalog: Catalog;

  /** Holds the snapshot until `close`. */
  constructor(path: string) {
    const sqlite = openForReading(path);
    sqlite.exec(`PRAGMA cache_size = -${CACHE_KIB}; BEGIN`);
    this.#reader = new StoreReader(sqlite);
    this.ts = this.#reader.meta("last_ts");
    this.#catalog = loadCatalog(this.#reader, Catalog.of(SYSTEM_TABLES));
  }

  /** By name. */
  get tables(): readonly TableInfo[] {
    return this.#catalog.userTables.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** JSON texts in the order of creation, a few hundred at a time. */
  *documents(table: TableInfo): Generator<readonly string[]> {
    const index = indexNamed(table, "by_creation_time").id;
    for (let start = ""; ; ) {
      const rows = this.#reader.range(index, start, END_OF_INDEX, false, ROWS_PER_READ);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(({ document }) => document.json);
      start = keySuccessor(last.key);
    }
  }

  *files(): Generator<SnapshotFile> {
    const storageIds = new Map<string, string>();
    for (const link of this.#rows("_storage_internal")) {
      storageIds.set(String(link.fileId), String(link.storageId));
    }
    for (const row of this.#rows("_storage")) {
      const storageId = storageIds.get(row._id);
      if (storageId !== undefined) yield { row, storageId };
    }
  }

  close(): void {
    this.#reader.close();
  }

  *#rows(name: string): Generator<SnapshotFile["row"]> {
    const table = this.#catalog.table(name);
    if (table === null) return;
    for (const page of this.documents(table)) for (const json of page) yield JSON.parse(json);
  }
}
