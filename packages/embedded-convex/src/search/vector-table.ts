/**
 * One table per vector index, on the write connection: the document's serial, its filter
 * keys and its vector, scaled to length one, as float32.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { VectorIndexSpec } from "../rooms.ts";
import { type DocumentFields, fieldJson, fieldValue } from "../values/document-fields.ts";
import { filterKey } from "./filter-key.ts";
import { unitVector } from "./vectors.ts";

export function vectorTableName(index: number): string {
  return `vectors_${index}`;
}

export class VectorTable {
  readonly #spec: VectorIndexSpec;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  /** Creates the table when there is none. */
  constructor(sqlite: DatabaseSync, spec: VectorIndexSpec) {
    const table = vectorTableName(spec.id);
    sqlite.exec(
      `CREATE TABLE IF NOT EXISTS ${table}
       (serial INTEGER PRIMARY KEY, filters TEXT NOT NULL, vector BLOB NOT NULL) STRICT`,
    );
    this.#spec = spec;
    this.#put = sqlite.prepare(
      `INSERT OR REPLACE INTO ${table} (serial, filters, vector) VALUES (?, ?, ?)`,
    );
    this.#remove = sqlite.prepare(`DELETE FROM ${table} WHERE serial = ?`);
  }

  remove(serial: number): void {
    this.#remove.run(serial);
  }

  put(serial: number, fields: DocumentFields): void {
    const row = vectorRow(this.#spec, fields);
    if (row !== null) this.#put.run(serial, row.filters, row.vector);
  }
}

/** Null for a document without a vector of the index's length: it is not in the index. */
export function vectorRow(
  { vectorField, dimensions, filterFields }: VectorIndexSpec,
  fields: DocumentFields,
): { readonly filters: string; readonly vector: Uint8Array } | null {
  const vector = unitVector(fieldJson(fields, vectorField), dimensions);
  if (vector === null) return null;
  const filters = filterFields.map((path) => filterKey(fieldValue(fields, path))).join(" ");
  return { filters, vector: new Uint8Array(vector.buffer) };
}
