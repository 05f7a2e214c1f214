/** Does an index hold what the documents say, and nothing else? Reads every document of its table. */
import type { DatabaseSync } from "node:sqlite";
import type { SearchIndexSpec, TextIndexSpec, VectorIndexSpec } from "../rooms.ts";
import { type DocumentFields, parseFields } from "../values/document-fields.ts";
import { normOf } from "./bm25.ts";
import { TextEntry } from "./text-entry.ts";
import { textOrderName, textRowId, textTableName } from "./text-table.ts";
import { vectorRow, vectorTableName } from "./vector-table.ts";

/** What is wrong, in words; null when nothing is. */
export function findSearchProblem(
  sqlite: DatabaseSync,
  spec: SearchIndexSpec,
  tablet: number,
): string | null {
  const tables =
    spec.kind === "search"
      ? [textTableName(spec.id), textOrderName(spec.id)]
      : [vectorTableName(spec.id)];
  const exists = sqlite.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?");
  if (tables.some((table) => exists.get(table) === undefined)) return "has no table";
  return spec.kind === "search"
    ? findTextProblem(sqlite, spec, tablet)
    : findVectorProblem(sqlite, spec, tablet);
}

function findTextProblem(sqlite: DatabaseSync, spec: TextIndexSpec, tablet: number): string | null {
  const [table, order] = [textTableName(spec.id), textOrderName(spec.id)];
  const entry = sqlite.prepare(`SELECT 1 FROM ${table} WHERE rowid = ?`);
  const ordered = sqlite.prepare(`SELECT id FROM ${order} WHERE serial = ?`);
  let [documents, missing, tokens] = [0, 0, 0];
  for (const { serial, fields } of documentsOf(sqlite, tablet)) {
    const { length } = new TextEntry(spec, fields);
    const isThere = entry.get(textRowId(serial, normOf(length))) !== undefined;
    if (!isThere || ordered.get(serial)?.id !== fields._id) missing++;
    documents++;
    tokens += length;
  }
  const rows = Math.max(countRows(sqlite, table), countRows(sqlite, order));
  const totals = sqlite.prepare("SELECT tokens FROM text_totals WHERE index_id = ?").get(spec.id);
  if (missing > 0 || rows !== documents) return lacks(missing, documents, rows);
  const counted = Number(totals?.tokens ?? 0);
  return counted === tokens ? null : `counts ${counted} terms, its documents have ${tokens}`;
}

function findVectorProblem(
  sqlite: DatabaseSync,
  spec: VectorIndexSpec,
  tablet: number,
): string | null {
  const table = vectorTableName(spec.id);
  const found = sqlite.prepare(
    `SELECT 1 FROM ${table} WHERE serial = ? AND filters = ? AND vector = ?`,
  );
  let [documents, missing] = [0, 0];
  for (const { serial, fields } of documentsOf(sqlite, tablet)) {
    const row = vectorRow(spec, fields);
    if (row === null) continue;
    documents++;
    if (found.get(serial, row.filters, row.vector) === undefined) missing++;
  }
  const rows = countRows(sqlite, table);
  return missing > 0 || rows !== documents ? lacks(missing, documents, rows) : null;
}

function* documentsOf(
  sqlite: DatabaseSync,
  tablet: number,
): Generator<{ readonly serial: number; readonly fields: DocumentFields }> {
  const all = sqlite.prepare("SELECT serial, json FROM documents WHERE table_number = ?");
  for (const { serial, json } of all.iterate(tablet)) {
    yield { serial: Number(serial), fields: parseFields(String(json)) };
  }
}

function countRows(sqlite: DatabaseSync, table: string): number {
  return Number(sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
}

function lacks(missing: number, documents: number, rows: number): string {
  return `lacks ${missing} of ${documents} documents and has ${rows} rows`;
}
