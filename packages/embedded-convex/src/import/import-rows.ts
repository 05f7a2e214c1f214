/** Rows of `_imports`: what the CLI watches while a file is imported. */
import type { JSONValue } from "convex/values";
import type { Transaction } from "../database/types.ts";
import type { SystemQuery } from "../deploy/system-queries.ts";
import { DeveloperError } from "../errors.ts";
import { encodeInteger } from "../values/integers.ts";

const TABLE = "_imports";
const KEPT = 20; // finished ones, for whoever asks how the last imports went

export type ImportState =
  | { readonly state: "uploaded" }
  | {
      readonly state: "waiting_for_confirmation";
      readonly message_to_confirm: string;
      readonly require_manual_confirmation: boolean;
    }
  | {
      readonly state: "in_progress";
      readonly progress_message: string;
      readonly checkpoint_messages: readonly string[];
    }
  | { readonly state: "completed"; readonly num_rows_written: JSONValue }
  | { readonly state: "failed"; readonly error_message: string };

export function completed(rows: number): ImportState {
  return { state: "completed", num_rows_written: encodeInteger(BigInt(rows)) };
}

export function isUnfinished({ state }: ImportState): boolean {
  return state !== "completed" && state !== "failed";
}

export interface ImportRow {
  readonly _id: string;
  readonly state: ImportState;
}

/** Newest first. */
export function readImports(tx: Transaction): ImportRow[] {
  const rows = tx.system.query(TABLE, "by_creation_time", [], { order: "desc" });
  return rows as unknown as ImportRow[]; // only this file writes them
}

export function findImport(tx: Transaction, id: string): ImportRow | null {
  return readImports(tx).find(({ _id }) => _id === id) ?? null;
}

/** Forgets what finished long ago. */
export function insertImport(
  tx: Transaction,
  about: { readonly [field: string]: JSONValue },
): string {
  const finished = readImports(tx).filter(({ state }) => !isUnfinished(state));
  for (const { _id } of finished.slice(KEPT - 1)) tx.system.remove(TABLE, _id);
  return tx.system.insert(TABLE, { ...about, state: { state: "uploaded" } });
}

export function setImportState(tx: Transaction, id: string, state: ImportState): void {
  tx.system.patch(TABLE, id, { state: state as unknown as JSONValue });
}

/** What the CLI asks, by path. */
export const IMPORT_QUERIES: ReadonlyMap<string, SystemQuery> = new Map<string, SystemQuery>([
  ["_system/cli/queryImport:default", (tx, args) => importOf(tx, args.importId)],
  ["_system/cli/queryImport:list", listImports],
]);

function importOf(tx: Transaction, id: JSONValue | undefined): JSONValue {
  const found = findImport(tx, String(id));
  if (found === null) throw new DeveloperError(`There is no import ${String(id)}`);
  return found as unknown as JSONValue;
}

function listImports(tx: Transaction): JSONValue {
  return readImports(tx) as unknown as JSONValue;
}
