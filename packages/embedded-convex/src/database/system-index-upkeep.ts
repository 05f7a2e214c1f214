/**
 * When the declared indexes of system tables are not those the store was last opened
 * with, the new ones are filled before anything else happens. System tables are small.
 */
import type { WriteConnection } from "../store/write-connection.ts";
import { parseFields } from "../values/document-fields.ts";
import { indexNamed, type TableInfo } from "./catalog.ts";
import { indexKey } from "./documents.ts";

interface DeclaredIndex {
  readonly id: number;
  readonly fields: readonly string[];
  /** Holds every document of the table. */
  readonly walkIndex: number;
}

export function keepSystemIndexes(connection: WriteConnection, tables: readonly TableInfo[]): void {
  const declared = tables.flatMap(declaredIndexes);
  const known = knownIndexes(connection);
  const changed = declared.filter(({ id, fields }) => known[id] !== fields.join());
  if (changed.length === 0) return;
  connection.inRelaxedTransaction(() => {
    for (const index of changed) refill(connection, index);
    const entries = declared.map(({ id, fields }) => [id, fields.join()]);
    connection.sqlite
      .prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('system_indexes', ?)")
      .run(JSON.stringify(Object.fromEntries(entries)));
  });
}

function declaredIndexes(table: TableInfo): DeclaredIndex[] {
  const walkIndex = indexNamed(table, "by_creation_time").id;
  const others = [...table.indexes.values()].filter(
    ({ id, name }) => id !== walkIndex && name !== "by_id",
  );
  return others.map(({ id, fields }) => ({ id, fields, walkIndex }));
}

function knownIndexes(connection: WriteConnection): Record<number, string> {
  const row = connection.sqlite
    .prepare("SELECT value FROM meta WHERE name = 'system_indexes'")
    .get();
  return row === undefined ? {} : (JSON.parse(String(row.value)) as Record<number, string>);
}

function refill(connection: WriteConnection, { id, fields, walkIndex }: DeclaredIndex): void {
  connection.sqlite.prepare("DELETE FROM index_rows WHERE index_id = ?").run(id);
  const rows = connection.sqlite
    .prepare(
      `SELECT d.serial AS serial, d.id AS id, d.json AS json
       FROM index_rows r CROSS JOIN documents d ON d.serial = r.serial WHERE r.index_id = ?`,
    )
    .all(walkIndex) as unknown as { serial: number; id: string; json: string }[];
  for (const row of rows) {
    connection.putRow(id, indexKey(fields, parseFields(row.json), row.id), row.serial);
  }
}
