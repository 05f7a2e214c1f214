/**
 * Bare SQLite on a copy of an engine's file: writes the rows of so many mutations in one
 * synced transaction, and reads a document as an index lookup and a row. Nothing else.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Repetition, repetitions } from "./repetitions.ts";
import type { RowPattern } from "./row-pattern.ts";

export class BareStore {
  readonly #sqlite: DatabaseSync;
  readonly #repeat: (at: number) => Repetition;
  readonly #document: StatementSync;
  readonly #indexRow: StatementSync;
  readonly #count: StatementSync;
  readonly #meta: StatementSync;
  readonly #read: StatementSync;
  #serial: number;
  #written = 0;

  constructor(file: string, pattern: RowPattern) {
    this.#repeat = repetitions(pattern);
    const sqlite = new DatabaseSync(file);
    sqlite.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
      PRAGMA mmap_size = 268435456;`);
    this.#sqlite = sqlite;
    this.#document = sqlite.prepare(
      "INSERT INTO documents (serial, table_number, id, size, json) VALUES (?, ?, ?, ?, ?)",
    );
    this.#indexRow = sqlite.prepare(
      "INSERT INTO index_rows (index_id, key, serial) VALUES (?, ?, ?)",
    );
    this.#count = sqlite.prepare(
      `INSERT INTO counts (table_number, count) VALUES (?, 1)
       ON CONFLICT (table_number) DO UPDATE SET count = count + 1`,
    );
    this.#meta = sqlite.prepare("UPDATE meta SET value = ? WHERE name = ?");
    this.#read = sqlite.prepare(
      `SELECT d.json AS json FROM index_rows r CROSS JOIN documents d ON d.serial = r.serial
       WHERE r.index_id = ? AND r.key = ?`,
    );
    this.#serial = Number(sqlite.prepare("SELECT max(serial) AS n FROM documents").get()?.n);
  }

  /** The rows of `mutations` repetitions, durable together. */
  write(mutations: number): void {
    this.#sqlite.exec("BEGIN IMMEDIATE");
    for (let one = 0; one < mutations; one++) this.#writeOne(this.#repeat(++this.#written));
    this.#meta.run(this.#written, "last_ts");
    this.#meta.run(this.#serial, "next_serial");
    this.#sqlite.exec("COMMIT");
  }

  /** The parsed document, as the engine has to parse it too. */
  read(index: number, key: Uint8Array): unknown {
    const row = this.#read.get(index, key);
    return row === undefined ? null : JSON.parse(String(row.json));
  }

  close(): void {
    this.#sqlite.close();
  }

  #writeOne({ documents, indexRows }: Repetition): void {
    const first = this.#serial + 1;
    for (const { table, id, size, json } of documents) {
      this.#document.run(++this.#serial, table, id, size, json);
      this.#count.run(table);
    }
    for (const { index, key, document } of indexRows)
      this.#indexRow.run(index, key, first + document);
  }
}

/** Where a pattern's first document stands by its id: the index, and the key of any id in it. */
export function byIdOf({ documents, indexRows }: RowPattern): {
  readonly index: number;
  readonly keyOf: (id: string) => Uint8Array;
} {
  const id = documents[0]?.id ?? "";
  const row = indexRows.find(({ key }) => key.slice(1, -1) === id);
  if (row === undefined) throw new Error("the first document is in no index by id");
  const [before, after] = [row.key.slice(0, 1), row.key.slice(-1)];
  return { index: row.index, keyOf: (other) => Buffer.from(before + other + after, "latin1") };
}
