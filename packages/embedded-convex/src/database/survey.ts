/**
 * Slow work in the writer thread, a slice at a time between batches: filling new
 * indexes and validating existing documents in one walk per table, and deleting the
 * rows of dropped indexes.
 *
 * It runs where commits are written, so it can never meet a document halfway: what it
 * reads is what the next batch will change.
 */
import type { JSONValue } from "convex/values";
import type { WriteConnection } from "../store/write-connection.ts";
import { bufferToKey, keyToBuffer } from "../values/keys.ts";
import { type DocumentFields, indexKey, parseFields } from "./documents.ts";
import { checkDocumentValue, parseValidator, type Validator } from "./validators.ts";

export interface SurveyedTable {
  readonly component: string;
  readonly name: string;
  readonly tablet: number;
  /** The by_creation_time index: every document once. */
  readonly walkIndex: number;
  readonly newIndexes: readonly { readonly id: number; readonly fields: readonly string[] }[];
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

/** Does one slice per step; reports as it goes. */
export function* runTask(
  connection: WriteConnection,
  task: WriterTask,
  report: (report: TaskReport) => void,
): Generator<void> {
  if (task.kind === "collect") yield* collect(connection, task.live, task.below);
  else {
    for (const table of task.tables) {
      const names = namesIn(table.component, task.tableNames);
      const problem = yield* surveyTable(connection, table, names);
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
  connection: WriteConnection,
  table: SurveyedTable,
  names: ReadonlyMap<number, string>,
): Generator<void, TaskReport | null> {
  const validator = table.validator === null ? null : parseValidator(table.validator);
  const next = connection.sqlite.prepare(
    `SELECT r.key AS key, d.serial AS serial, d.id AS id, d.json AS json
     FROM index_rows r CROSS JOIN documents d ON d.serial = r.serial
     WHERE r.index_id = ? AND r.key > ? ORDER BY r.key LIMIT ?`,
  );
  let after: Uint8Array = START;
  for (;;) {
    const rows = next.all(table.walkIndex, after, ROWS_PER_SLICE) as unknown as SurveyRow[];
    const problem = connection.inRelaxedTransaction(() =>
      surveyRows(connection, table, validator, names, rows),
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
  connection: WriteConnection,
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
    for (const index of table.newIndexes) {
      connection.putRow(index.id, indexKey(index.fields, fields, id), serial);
    }
  }
  return null;
}

function* collect(
  connection: WriteConnection,
  live: readonly number[],
  below: number,
): Generator<void> {
  const keep = new Set(live);
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
