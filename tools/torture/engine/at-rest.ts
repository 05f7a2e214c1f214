/**
 * Looks at the files while no engine runs on them: SQLite's own check, and that documents,
 * index rows and counts agree. It works on a copy, so that the engine does its own recovery.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const TABLES = 513;
const INDEXES = 514;
const FIRST_USER_TABLE = 10_001;
const SYSTEM_INDEXES_PER_TABLE = 16;

/** What is wrong, in words; empty when nothing is. */
export function problemsAtRest(dataDir: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), "at-rest-"));
  try {
    for (const name of ["data.sqlite", "data.sqlite-wal"]) {
      if (existsSync(join(dataDir, name))) cpSync(join(dataDir, name), join(dir, name));
    }
    const sqlite = new DatabaseSync(join(dir, "data.sqlite"));
    try {
      return problemsIn(sqlite);
    } finally {
      sqlite.close();
    }
  } catch (error) {
    return [`the database cannot be read: ${error instanceof Error ? error.message : error}`];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function problemsIn(sqlite: DatabaseSync): string[] {
  const check = sqlite
    .prepare("PRAGMA integrity_check")
    .all()
    .map((row) => String(row.integrity_check));
  const damaged = check.filter((line) => line !== "ok");
  if (damaged.length > 0) return damaged;
  const documents = documentsPerTable(sqlite);
  return [...indexProblems(sqlite, documents), ...countProblems(sqlite, documents)];
}

function documentsPerTable(sqlite: DatabaseSync): Map<number, number> {
  const rows = sqlite
    .prepare("SELECT table_number AS t, count(*) AS n FROM documents GROUP BY 1")
    .all();
  return new Map(rows.map(({ t, n }) => [Number(t), Number(n)]));
}

/** Every index that serves holds every document of its table exactly once. */
function indexProblems(sqlite: DatabaseSync, documents: ReadonlyMap<number, number>): string[] {
  const rows = sqlite
    .prepare(
      `SELECT r.index_id AS id, count(*) AS n, count(DISTINCT r.serial) AS serials,
              count(d.serial) AS found, min(d.table_number) AS low, max(d.table_number) AS high
       FROM index_rows r LEFT JOIN documents d ON d.serial = r.serial GROUP BY r.index_id`,
    )
    .all();
  const found = new Map(rows.map((row) => [Number(row.id), row]));
  return [...servingIndexes(sqlite, documents, found.keys())].flatMap(([id, table]) => {
    const want = documents.get(table) ?? 0;
    const row = found.get(id);
    const has =
      row === undefined ? [0, 0, 0] : [Number(row.n), Number(row.serials), Number(row.found)];
    const isOfTable = row === undefined || (row.low === table && row.high === table);
    if (isOfTable && has.every((count) => count === want)) return [];
    return [`index ${id} of table ${table}: ${want} documents, but rows, serials, found: ${has}`];
  });
}

/** Index ids with their table's number. */
function servingIndexes(
  sqlite: DatabaseSync,
  documents: ReadonlyMap<number, number>,
  filled: Iterable<number>,
): Map<number, number> {
  const serving = new Map<number, number>();
  for (const table of documents.keys()) {
    if (table >= FIRST_USER_TABLE) continue;
    const first = table * SYSTEM_INDEXES_PER_TABLE;
    serving.set(first, table).set(first + 1, table);
  }
  for (const id of filled) {
    const table = Math.floor(id / SYSTEM_INDEXES_PER_TABLE);
    if (table < FIRST_USER_TABLE && documents.has(table)) serving.set(id, table);
  }
  for (const row of rowsOf(sqlite, TABLES)) {
    serving
      .set(Number(row.byId), Number(row.number))
      .set(Number(row.byCreationTime), Number(row.number));
  }
  for (const row of rowsOf(sqlite, INDEXES)) {
    if (row.pending !== true) serving.set(Number(row.index), Number(row.tableNumber));
  }
  return serving;
}

function rowsOf(sqlite: DatabaseSync, table: number): Record<string, unknown>[] {
  const rows = sqlite.prepare("SELECT json FROM documents WHERE table_number = ?").all(table);
  return rows.map(({ json }) => JSON.parse(String(json)) as Record<string, unknown>);
}

function countProblems(sqlite: DatabaseSync, documents: ReadonlyMap<number, number>): string[] {
  const rows = sqlite.prepare("SELECT table_number AS t, count AS n FROM counts").all();
  const counts = new Map(rows.map(({ t, n }) => [Number(t), Number(n)]));
  const tables = new Set([...counts.keys(), ...documents.keys()]);
  return [...tables].flatMap((table) => {
    const [counted, there] = [counts.get(table) ?? 0, documents.get(table) ?? 0];
    return counted === there ? [] : [`table ${table} counts ${counted} documents and has ${there}`];
  });
}
