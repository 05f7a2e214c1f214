/**
 * One FTS5 table per full-text index, on the write connection. The table keeps no text,
 * only which term occurs where:
 *
 *   rowid  =  document serial * 256 + norm (its length in one byte, see bm25.ts)
 *   terms  =  the terms of the text, then one term per filter field: § position § key
 *
 * Beside it `text_order_<index>` has what decides among equal scores, so that no document
 * has to be read for it. Terms come ready from the tokeniser, so FTS5 has only to split at spaces; § is no
 * letter, so a filter's term is never a text's. `text_totals` counts each index's terms.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { TextIndexSpec } from "../rooms.ts";
import type { DocumentFields } from "../values/document-fields.ts";
import { NORMS, normOf } from "./bm25.ts";
import { TextEntry } from "./text-entry.ts";

export function textTableName(index: number): string {
  return `text_${index}`;
}

/** By serial: when the document was created, and its id. */
export function textOrderName(index: number): string {
  return `text_order_${index}`;
}

export function filterTerm(position: number, key: string): string {
  return `§${position}§${key}`;
}

export function textRowId(serial: number, norm: number): number {
  return serial * NORMS + norm;
}

export function serialOfRow(rowId: number): number {
  return Math.floor(rowId / NORMS);
}

export class TextTable {
  readonly #spec: TextIndexSpec;
  readonly #exists: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #addTokens: StatementSync;
  readonly #putOrder: StatementSync;
  readonly #removeOrder: StatementSync;

  /** Creates the table when there is none. */
  constructor(sqlite: DatabaseSync, spec: TextIndexSpec) {
    const table = textTableName(spec.id);
    const order = textOrderName(spec.id);
    sqlite.exec(
      `CREATE VIRTUAL TABLE IF NOT EXISTS ${table}
       USING fts5(terms, content = '', contentless_delete = 1, tokenize = 'ascii');
       CREATE TABLE IF NOT EXISTS ${order}
       (serial INTEGER PRIMARY KEY, created REAL NOT NULL, id TEXT NOT NULL) STRICT`,
    );
    this.#spec = spec;
    this.#exists = sqlite.prepare(`SELECT 1 FROM ${table} WHERE rowid = ?`);
    this.#insert = sqlite.prepare(`INSERT INTO ${table} (rowid, terms) VALUES (?, ?)`);
    this.#delete = sqlite.prepare(`DELETE FROM ${table} WHERE rowid = ?`);
    this.#putOrder = sqlite.prepare(
      `INSERT OR REPLACE INTO ${order} (serial, created, id) VALUES (?, ?, ?)`,
    );
    this.#removeOrder = sqlite.prepare(`DELETE FROM ${order} WHERE serial = ?`);
    this.#addTokens = sqlite.prepare(
      `INSERT INTO text_totals (index_id, tokens) VALUES (?1, ?2)
       ON CONFLICT (index_id) DO UPDATE SET tokens = tokens + ?2`,
    );
  }

  /** Nothing happens when the document is not there yet. */
  remove(serial: number, fields: DocumentFields): void {
    const { length } = new TextEntry(this.#spec, fields);
    const rowId = textRowId(serial, normOf(length));
    if (this.#exists.get(rowId) === undefined) return;
    this.#delete.run(rowId);
    this.#removeOrder.run(serial);
    this.#addTokens.run(this.#spec.id, -length);
  }

  /** Nothing happens when the document is there already. */
  put(serial: number, fields: DocumentFields): void {
    const entry = new TextEntry(this.#spec, fields);
    const rowId = textRowId(serial, normOf(entry.length));
    if (this.#exists.get(rowId) !== undefined) return;
    this.#insert.run(rowId, rowText(entry));
    this.#putOrder.run(serial, Number(fields._creationTime), String(fields._id));
    this.#addTokens.run(this.#spec.id, entry.length);
  }
}

function rowText({ terms, filters }: TextEntry): string {
  const words = [...terms].flatMap(([term, times]) => Array<string>(times).fill(term));
  return [...words, ...filters.map((key, position) => filterTerm(position, key))].join(" ");
}
