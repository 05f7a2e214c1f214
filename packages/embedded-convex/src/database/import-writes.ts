/**
 * Writes that only an import does: documents with ids and creation times of their own,
 * tables that get another number, whole tables emptied. Inside somebody's transaction.
 */
import type { JSONValue } from "convex/values";
import { DeveloperError, StoreError } from "../errors.ts";
import { tableNumberOfId } from "../values/ids.ts";
import { END_OF_INDEX } from "../values/keys.ts";
import { indexNamed, type TableInfo } from "./catalog.ts";
import type { SystemFields } from "./document-rules.ts";
import { FIRST_USER_TABLE_NUMBER } from "./system-tables.ts";
import { OpenTransaction } from "./transaction.ts";
import type { Transaction } from "./types.ts";

export interface ImportWrites {
  /** System tables included; null when there is none. */
  table(name: string): TableInfo | null;
  /** Removes every document; a step for each. */
  empty(table: TableInfo): Generator<void>;
  /** Gives emptied tables these numbers, making those that are not there. The numbers must be free or change hands. */
  renumber(numbers: ReadonlyMap<string, number>): void;
  /** A number that no table has and that is not in `taken`. */
  freeNumber(taken: ReadonlySet<number>): number;
  /** Throws DeveloperError when the id is taken, of another table, or the document illegal. */
  insert(table: TableInfo, value: JSONValue, system: SystemFields): void;
}

/** For transactions that the database itself opened. */
export function importWrites(tx: Transaction): ImportWrites {
  if (!(tx instanceof OpenTransaction)) throw new StoreError("This is no open transaction.");
  return {
    table: (name) => tx.resolveTable(name),
    empty: (table) => emptyTable(tx, table),
    freeNumber: (taken) => freeNumber(tx, taken),
    renumber: (numbers) => {
      const taken = new Set(numbers.values());
      // All step aside first: they may want each other's.
      for (const name of numbers.keys()) numberTable(tx, name, freeNumber(tx, taken));
      for (const [name, number] of numbers) numberTable(tx, name, number);
    },
    insert: (table, value, system) => insert(tx, table, value, system),
  };
}

function* emptyTable(tx: OpenTransaction, table: TableInfo): Generator<void> {
  const index = indexNamed(table, "by_creation_time").id;
  const range = { index, start: "", end: END_OF_INDEX, descending: false };
  const stream = tx.streamRange(table, range, []);
  for (let row = stream.next(); row !== null; row = stream.next()) {
    tx.removeDocument(table, row.document);
    yield;
  }
}

function freeNumber(tx: OpenTransaction, taken: ReadonlySet<number>): number {
  let number = FIRST_USER_TABLE_NUMBER;
  while (taken.has(number) || tx.tableName(number) !== null) number++;
  return number;
}

function numberTable(tx: OpenTransaction, name: string, number: number): void {
  const table = tx.resolveTable(name) ?? tx.createTable(name);
  const indexes = tx.system.query("_indexes", "by_table", [table.tablet]);
  for (const row of tx.system.query("_tables", "by_name", [tx.component, name])) {
    tx.system.patch("_tables", row._id, { number });
  }
  const { tablet } = tx.ensureTable(name);
  // Behind the table's row: in the catalog its indexes went with the old number.
  for (const row of indexes) tx.system.patch("_indexes", row._id, { tableNumber: tablet });
}

function insert(
  tx: OpenTransaction,
  table: TableInfo,
  value: JSONValue,
  system: SystemFields,
): void {
  const { id } = system;
  const number = tableNumberOfId(id);
  if (number === null) throw new DeveloperError(`\`_id\` "${id}" is not a document id`);
  if (number !== table.number) {
    throw new DeveloperError(
      `\`_id\` "${id}" belongs to table number ${number}, but "${table.name}" has ${table.number}`,
    );
  }
  if (tx.readDocument(table, id) !== null) {
    throw new DeveloperError(`There already is a document with the \`_id\` "${id}"`);
  }
  tx.insertDocumentAs(table, value, system);
}
