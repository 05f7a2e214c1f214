/**
 * Keeps the tables of full-text and vector indexes in step with the documents, in the
 * writer thread and in the same SQLite transaction. What a document had in an index is
 * found by reading the document before it is overwritten.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SearchIndexSpec } from "../rooms.ts";
import type { SearchedDocuments, SearchRows } from "../store/messages.ts";
import { type DocumentFields, parseFields } from "../values/document-fields.ts";
import { TextTable, textOrderName, textTableName } from "./text-table.ts";
import { VectorTable, vectorTableName } from "./vector-table.ts";

type Table = TextTable | VectorTable;

export class SearchTables implements SearchRows {
  readonly #sqlite: DatabaseSync;
  readonly #document: StatementSync;
  readonly #tables = new Map<number, Table>();

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
    this.#document = sqlite.prepare("SELECT json FROM documents WHERE serial = ?");
  }

  beforeWrites(searched: readonly SearchedDocuments[]): void {
    this.#each(searched, (table, serial, fields) => table.remove(serial, fields));
  }

  afterWrites(searched: readonly SearchedDocuments[]): void {
    this.#each(searched, (table, serial, fields) => table.put(serial, fields));
  }

  /** For documents that were there before the index. */
  fill(spec: SearchIndexSpec, serial: number, fields: DocumentFields): void {
    this.#tableOf(spec).put(serial, fields);
  }

  /** Makes the table of an index that has no documents yet. */
  ensure(spec: SearchIndexSpec): void {
    this.#tableOf(spec);
  }

  /** Ids of the indexes that have tables. */
  indexes(): number[] {
    const names = this.#sqlite
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => /^(?:text|vectors)_(\d+)$/.exec(String(name))?.[1]);
    return names.filter((id) => id !== undefined).map(Number);
  }

  drop(index: number): void {
    this.#tables.delete(index);
    this.#sqlite.exec(
      `DROP TABLE IF EXISTS ${textTableName(index)}; DROP TABLE IF EXISTS ${textOrderName(index)};
       DROP TABLE IF EXISTS ${vectorTableName(index)};
       DELETE FROM text_totals WHERE index_id = ${index};`,
    );
  }

  #each(
    searched: readonly SearchedDocuments[],
    change: (table: Table, serial: number, fields: DocumentFields) => void,
  ): void {
    for (const { spec, serials } of searched) {
      const table = this.#tableOf(spec);
      for (const serial of serials) {
        const json = this.#document.get(serial)?.json;
        if (typeof json === "string") change(table, serial, parseFields(json));
      }
    }
  }

  /** A rolled back transaction takes a table it created with it, and ends the engine. */
  #tableOf(spec: SearchIndexSpec): Table {
    let table = this.#tables.get(spec.id);
    if (table === undefined) {
      table =
        spec.kind === "search"
          ? new TextTable(this.#sqlite, spec)
          : new VectorTable(this.#sqlite, spec);
      this.#tables.set(spec.id, table);
    }
    return table;
  }
}
