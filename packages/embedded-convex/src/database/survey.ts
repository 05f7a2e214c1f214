/**
 * Slow work in the writer thread, a slice at a time between batches: filling new
 * indexes and validating existing documents in one walk per table, and deleting the
 * rows of dropped indexes.
 *
 * It runs where commits are written, so it can never meet a document halfway: what it
 * reads is what the next batch will change.
 */
import type { JSONValue } from "convex/values";
import type { SearchTables } from "../search/search-tables.ts";
import type { WriteConnection } from "../store/write-connection.ts";
import { type DocumentFields, parseFields } from "../values/document-fields.ts";
import { bufferToKey, keyToBuffer } from "../values/keys.ts";
import { indexKey } from "./documents.ts";
import type { IndexShape } from "./types.ts";
import { checkDocumentValue, parseValidator, type Validator } from "./validators.ts";

export interface SurveyedTable {
  readonly component: string;
  readonly name: string;
  readonly tablet: number;
  /** The by_creation_time index: every document once. */
  readonly walkIndex: number;
  readonly newIndexes: readonly { readonly id: number; readonly shape: IndexShape }[];
  /** Null when existing documents need no check. */
  readonly validator: JSONValue | null;
}

/** What ids in a component's documents may refer to. */
interface NumberedTable {
  readonly component: string;
  readonly number: number;
  readonly name: string;
}

export type WriterTask =
  | {
      readonly kind: "survey";
      readonly tables: readonly SurveyedTable[];
      readonly tableNames: readonly NumberedTable[];
    }
  /** Deletes rows of indexes that are not `live` and older than `below`. */
  | { readonly kind: "collect"; readonly live: readonly number[]; readonly below: number };

export type TaskReport =
  | { readonly kind: "tableDone"; readonly tablet: number }
  | {
      readonly kind: "invalid";
      readonly component: string;
      readonly table: string;
      readonly id: string;
      readonly detail: string;
    }
  | { readonly kind: "done" };

const ROWS_PER_SLICE = 200; // a few milliseconds: what a commit may have to wait
const START = Buffer.alloc(0);

/** What a task writes to. */
export interface SurveyStore {
  readonly connection: WriteConnection;
  readonly searches: SearchTables;
}

/** Does one slice per step; reports as it goes. */
export function* runTask(
  store: SurveyStore,
  task: WriterTask,
  report: (report: TaskReport) => void,
): Generator<void> {
  if (task.kind === "collect") yield* collect(store, task.live, task.below);
  else {
    for (const table of task.tables) {
      const names = namesIn(table.component, task.tableNames);
      const problem = yield* surveyTable(store, table, names);
      if (problem !== null) {
        report(problem);
        return;
      }
      report({ kind: "tableDone", tablet: table.tablet });
    }
  }
  report({ kind: "done" });
}

function namesIn(component: string, tables: readonly NumberedTable[]): ReadonlyMap<number, string> {
  const shared = tables.filter((table) => table.component === "" && table.name.startsWith("_"));
  const own = tables.filter((table) => table.component === component);
  return new Map([...shared, ...own].map(({ number, name }) => [number, name]));
}

function* surveyTable(
  store: SurveyStore,
  table: SurveyedTable,
  names: ReadonlyMap<number, string>,
): Generator<void, TaskReport | null> {
  const validator = table.validator === null ? null : parseValidator(table.validator);
  const { connection } = store;
  for (const { id, shape } of table.newIndexes) {
    if (shape.kind !== "database") store.searches.ensure({ ...shape, id });
  }
  const next = connection.sqlite.prepare(
    `SELECT r.key AS key, d.serial AS serial, d.id AS id, d.json AS json
     FROM index_rows r CROSS JOIN documents d ON d.serial = r.serial
     WHERE r.index_id = ? AND r.key > ? ORDER BY r.key LIMIT ?`,
  );
  let after: Uint8Array = START;
  for (;;) {
    const rows = next.all(table.walkIndex, after, ROWS_PER_SLICE) as unknown as SurveyRow[];
    const problem = connection.inRelaxedTransaction(() =>
      surveyRows(store, table, validator, names, rows),
    );
    if (problem !== null) return problem;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_PER_SLICE) return null;
    after = keyToBuffer(bufferToKey(last.key));
    yield;
  }
}

interface SurveyRow {
  readonly key: Uint8Array;
  readonly serial: number;
  readonly id: string;
  readonly json: string;
}

function surveyRows(
  store: SurveyStore,
  table: SurveyedTable,
  validator: Validator | null,
  names: ReadonlyMap<number, string>,
  rows: readonly SurveyRow[],
): TaskReport | null {
  const context = { tableName: (number: number) => names.get(number) ?? null };
  for (const { serial, id, json } of rows) {
    const fields: DocumentFields = parseFields(json);
    const detail = validator === null ? null : checkDocumentValue(validator, fields, context);
    if (detail !== null) {
      const { component, name } = table;
      return { kind: "invalid", component, table: name, id, detail };
    }
    for (const index of table.newIndexes) fillIndex(store, index, { serial, id, fields });
  }
  return null;
}

function fillIndex(
  { connection, searches }: SurveyStore,
  { id: index, shape }: SurveyedTable["newIndexes"][number],
  { serial, id, fields }: { serial: number; id: string; fields: DocumentFields },
): void {
  if (shape.kind === "database") {
    connection.putRow(index, indexKey(shape.fields, fields, id), serial);
  } else searches.fill({ ...shape, id: index }, serial, fields);
}

function* collect(
  { connection, searches }: SurveyStore,
  live: readonly number[],
  below: number,
): Generator<void> {
  const keep = new Set(live);
  for (const index of searches.indexes()) {
    if (index >= below || keep.has(index)) continue;
    connection.inRelaxedTransaction(() => searches.drop(index));
    yield;
  }
  const nextIndex = connection.sqlite.prepare(
    "SELECT min(index_id) AS id FROM index_rows WHERE index_id > ?",
  );
  const removeSome = connection.sqlite.prepare(
    `DELETE FROM index_rows WHERE index_id = ?1 AND key IN
     (SELECT key FROM index_rows WHERE index_id = ?1 LIMIT ${ROWS_PER_SLICE})`,
  );
  for (let index = -1; ; ) {
    const id = nextIndex.get(index)?.id;
    if (typeof id !== "number" || id >= below) return;
    index = id;
    if (keep.has(id)) continue;
    while (connection.inRelaxedTransaction(() => removeSome.run(id).changes) !== 0) yield;
  }
}
