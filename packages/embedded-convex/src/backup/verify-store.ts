/**
 * Is everything that a store says about itself true? Reads all of it.
 *
 * [BACKUP4] Verifying finds damaged pages, missing tables, documents that an index lacks
 *           (of any kind) or has too many, wrong counts, and stored files that are missing or altered.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import {
  Catalog,
  type IndexInfo,
  type SearchIndexInfo,
  type TableInfo,
} from "../database/catalog.ts";
import { loadCatalog } from "../database/load-catalog.ts";
import { SYSTEM_TABLES } from "../database/system-tables.ts";
import { SnapshotReader } from "../export/snapshot-reader.ts";
import { findSearchProblem } from "../search/verification.ts";
import { DATABASE_FILE, FILES_DIR } from "../store/format.ts";
import { checkTables, readingStore } from "../store/inspection.ts";
import { findPageDamage } from "../store/integrity.ts";
import { StoreReader } from "../store/reader.ts";
import { sumFile } from "./copy-file.ts";

export interface StoreFindings {
  /** Newest commit. */
  readonly ts: string;
  readonly documents: number;
  readonly storedFiles: number;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

const MAX_TOLD = 20;

/** Of a data directory or a backup. Throws StoreError when the store cannot be read at all. */
export async function verifyStore(dir: string): Promise<StoreFindings> {
  const path = join(dir, DATABASE_FILE);
  const { documents, problems } = readingStore(path, (sqlite) => {
    sqlite.exec("BEGIN");
    checkTables(sqlite, path);
    const pages = findPageDamage(sqlite, "full");
    // The rest would fail on what is damaged, and say less.
    return pages === null ? verifyRows(sqlite) : { documents: 0, problems: [pages] };
  });
  if (problems.length > 0) return { ts: "", documents, storedFiles: 0, problems };
  const snapshot = new SnapshotReader(path);
  try {
    const files = await verifyStoredFiles(dir, snapshot);
    return { ts: String(snapshot.ts), documents, ...files };
  } finally {
    snapshot.close();
  }
}

function verifyRows(sqlite: DatabaseSync): { documents: number; problems: readonly string[] } {
  const reader = new StoreReader(sqlite);
  const catalog = loadCatalog(reader, Catalog.of(SYSTEM_TABLES));
  const counts = reader.counts();
  const inTable = sqlite.prepare(
    "SELECT table_number AS t, count(*) AS n FROM documents GROUP BY table_number",
  );
  const found = new Map(inTable.all().map((row) => [Number(row.t), Number(row.n)]));
  const problems: string[] = [];
  for (const table of new Set([...counts.keys(), ...found.keys()])) {
    const [counted = 0, there = 0] = [counts.get(table), found.get(table)];
    const known = catalog.tablet(table);
    const name = known === null ? `number ${table}` : nameOf(known);
    if (counted !== there) problems.push(`table ${name} counts ${counted} documents, has ${there}`);
  }
  for (const table of catalog.allTables) {
    problems.push(...verifyIndexes(sqlite, table, found.get(table.tablet) ?? 0));
    problems.push(...verifySearches(sqlite, table));
  }
  const documents = [...found.values()].reduce((sum, n) => sum + n, 0);
  return { documents, problems: problems.slice(0, MAX_TOLD) };
}

/** Every document has one row in every index, and no row is of anything else. */
function verifyIndexes(sqlite: DatabaseSync, table: TableInfo, documents: number): string[] {
  const rows = sqlite.prepare(
    `SELECT count(*) AS n, count(DISTINCT d.serial) AS known
     FROM index_rows r LEFT JOIN documents d ON d.serial = r.serial AND d.table_number = ?
     WHERE r.index_id = ?`,
  );
  return [...table.indexes.values()].filter(isFilled).flatMap(({ id, name }) => {
    const row = rows.get(table.tablet, id);
    if (row?.n === documents && row.known === documents) return [];
    return [
      `index ${nameOf(table)}.${name} has ${row?.n} rows, ${row?.known} of them of the table's ${documents} documents`,
    ];
  });
}

/** Full-text and vector indexes hold what the documents say, and nothing else. */
function verifySearches(sqlite: DatabaseSync, table: TableInfo): string[] {
  return [...table.searches.values()].filter(isFilled).flatMap((index) => {
    const problem = findSearchProblem(sqlite, index, table.tablet);
    return problem === null ? [] : [`index ${nameOf(table)}.${index.name} ${problem}`];
  });
}

/** The others are being filled. */
function isFilled({ pending, staged }: IndexInfo | SearchIndexInfo): boolean {
  return !pending && staged !== "filling";
}

function nameOf(table: TableInfo): string {
  return table.component === "" ? table.name : `${table.component}/${table.name}`;
}

async function verifyStoredFiles(dir: string, snapshot: SnapshotReader) {
  const problems: string[] = [];
  let storedFiles = 0;
  for (const { row, storageId } of snapshot.allFiles()) {
    storedFiles++;
    const path = join(dir, FILES_DIR, storageId);
    if (!existsSync(path)) problems.push(`stored file ${storageId} is missing`);
    else {
      const { bytes, sha256 } = await sumFile(path);
      const wanted = Buffer.from(String(row.sha256), "base64").toString("hex");
      if (bytes !== row.size || sha256 !== wanted)
        problems.push(`stored file ${storageId} is not what was stored`);
    }
  }
  return { storedFiles, problems: problems.slice(0, MAX_TOLD) };
}
