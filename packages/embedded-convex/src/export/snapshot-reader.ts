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

/** By component, from the `_storage` id to the name of the bytes. */
type StorageLinks = ReadonlyMap<string, ReadonlyMap<string, string>>;

export class SnapshotReader {
  /** Newest commit in it. */
  readonly ts: Timestamp;
  readonly #reader: StoreReader;
  readonly #catalog: Catalog;
  #links: StorageLinks | null = null;

  /** Holds the snapshot until `close`. */
  constructor(path: string) {
    const sqlite = openForReading(path);
    sqlite.exec(`PRAGMA cache_size = -${CACHE_KIB}; BEGIN`);
    this.#reader = new StoreReader(sqlite);
    this.ts = this.#reader.meta("last_ts");
    this.#catalog = loadCatalog(this.#reader, Catalog.of(SYSTEM_TABLES));
  }

  /** Paths of the app ("", always the first) and of every component that is mounted or once was. */
  components(): readonly string[] {
    const paths = [...this.#rows(this.#catalog.table("_components"))].map(({ path }) =>
      String(path),
    );
    return [...new Set(["", ...paths.toSorted()])];
  }

  /** Of one component, by name. */
  tables(component: string): readonly TableInfo[] {
    const { userTables } = this.#catalog.in(component);
    return userTables.toSorted((a, b) => (a.name < b.name ? -1 : 1));
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

  /** Of one component. */
  *files(component: string): Generator<SnapshotFile> {
    const storageIds = this.#storageLinks().get(component);
    if (storageIds === undefined) return;
    for (const row of this.#rows(this.#catalog.in(component).table("_storage"))) {
      const storageId = storageIds.get(row._id);
      if (storageId !== undefined) yield { row, storageId };
    }
  }

  /** Of all components. */
  *allFiles(): Generator<SnapshotFile> {
    for (const component of this.#storageLinks().keys()) yield* this.files(component);
  }

  close(): void {
    this.#reader.close();
  }

  #storageLinks(): StorageLinks {
    if (this.#links !== null) return this.#links;
    const links = new Map<string, Map<string, string>>();
    for (const link of this.#rows(this.#catalog.table("_storage_internal"))) {
      const component = String(link.component ?? "");
      const ofComponent = links.get(component) ?? new Map<string, string>();
      links.set(component, ofComponent.set(String(link.fileId), String(link.storageId)));
    }
    this.#links = links;
    return links;
  }

  *#rows(table: TableInfo | null): Generator<SnapshotFile["row"]> {
    if (table === null) return;
    for (const page of this.documents(table)) for (const json of page) yield JSON.parse(json);
  }
}
