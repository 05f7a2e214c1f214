/**
 * The write side of the store, living in the writer thread: turns batches into one
 * synced SQLite transaction each.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { keyToBuffer } from "../values/keys.ts";
import type { Batch, CommitRows, DocumentRow, SearchRows } from "./messages.ts";

export class WriteConnection {
  readonly sqlite: DatabaseSync;
  readonly #searches: SearchRows;
  readonly #putDocument: StatementSync;
  readonly #removeDocument: StatementSync;
  readonly #putRow: StatementSync;
  readonly #removeRow: StatementSync;
  readonly #addCount: StatementSync;
  readonly #setMeta: StatementSync;
  #rowsWritten = 0;
  /** How long the last transaction took to commit, its sync included. */
  lastCommitMs = 0;

  constructor(sqlite: DatabaseSync, searches: SearchRows) {
    this.sqlite = sqlite;
    this.#searches = searches;
    this.#putDocument = sqlite.prepare(
      `INSERT INTO documents (serial, table_number, id, size, json) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (serial) DO UPDATE SET size = excluded.size, json = excluded.json`,
    );
    this.#removeDocument = sqlite.prepare("DELETE FROM documents WHERE serial = ?");
    this.#putRow = sqlite.prepare(
      "INSERT OR REPLACE INTO index_rows (index_id, key, serial) VALUES (?, ?, ?)",
    );
    this.#removeRow = sqlite.prepare("DELETE FROM index_rows WHERE index_id = ? AND key = ?");
    this.#addCount = sqlite.prepare(
      `INSERT INTO counts (table_number, count) VALUES (?1, ?2)
       ON CONFLICT (table_number) DO UPDATE SET count = count + ?2`,
    );
    this.#setMeta = sqlite.prepare("UPDATE meta SET value = ?2 WHERE name = ?1");
  }

  /** All commits of the batch become durable together, or none. */
  writeBatch(batch: Batch): void {
    this.#inTransaction(() => {
      for (const commit of batch.commits) this.#writeCommit(commit);
      const last = batch.commits.at(-1);
      if (last === undefined) return;
      this.#setMeta.run("last_ts", last.ts);
      this.#setMeta.run("next_serial", BigInt(last.nextSerial));
    });
  }

  /** For work that may be lost in a crash: the next batch's sync covers it. */
  inRelaxedTransaction<T>(work: () => T): T {
    this.sqlite.exec("PRAGMA synchronous = NORMAL");
    try {
      return this.#inTransaction(work);
    } finally {
      this.sqlite.exec("PRAGMA synchronous = FULL");
    }
  }

  #inTransaction<T>(work: () => T): T {
    this.sqlite.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      const began = performance.now();
      this.sqlite.exec("COMMIT");
      this.lastCommitMs = performance.now() - began;
      return result;
    } catch (error) {
      if (this.sqlite.isTransaction) this.sqlite.exec("ROLLBACK");
      throw error;
    }
  }

  putRow(index: number, key: string, serial: number): void {
    this.#putRow.run(index, keyToBuffer(key), serial);
    this.#rowsWritten++;
  }

  /** Roughly how many rows were written since the last call, for the checkpointer. */
  takeRowsWritten(): number {
    const rows = this.#rowsWritten;
    this.#rowsWritten = 0;
    return rows;
  }

  close(): void {
    this.sqlite.close();
  }

  #writeCommit(commit: CommitRows): void {
    if (commit.searched !== undefined) this.#searches.beforeWrites(commit.searched);
    for (const row of commit.removedRows) this.#removeRow.run(row.index, keyToBuffer(row.key));
    for (const serial of commit.removes) this.#removeDocument.run(serial);
    for (const document of commit.puts) this.#put(document);
    for (const row of commit.putRows) this.putRow(row.index, row.key, row.serial);
    if (commit.searched !== undefined) this.#searches.afterWrites(commit.searched);
    for (const [table, delta] of commit.counts) this.#addCount.run(table, delta);
    this.#rowsWritten += commit.removedRows.length + commit.removes.length;
  }

  #put(document: DocumentRow): void {
    const { serial, table, id, size, json } = document;
    this.#putDocument.run(serial, table, id, size, json);
    // A long document fills pages of its own.
    this.#rowsWritten += 1 + (json.length >> 10);
  }
}
