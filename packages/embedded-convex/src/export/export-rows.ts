/** Rows of `_exports`: which snapshots were asked for and how far they are. */
import type { JSONValue } from "convex/values";
import type { Database, SystemDocument, Transaction } from "../database/types.ts";
import type { SystemQuery } from "../deploy/system-queries.ts";
import { ConflictError } from "../errors.ts";
import { encodeInteger } from "../values/integers.ts";

const TABLE = "_exports";
const MAX_ATTEMPTS = 5; // only another export's row can conflict

export interface ExportRow {
  readonly _id: string;
  readonly state: "requested" | "in_progress" | "completed" | "failed";
  readonly includeStorage: boolean;
  /** Of the snapshot, in decimal; the export's name in URLs. "" before it began. */
  readonly startTs: string;
  /** "" until then. */
  readonly completeTs: string;
}

/** Newest first. */
export function readExports(tx: Transaction): ExportRow[] {
  return tx.system.query(TABLE, "by_creation_time", [], { order: "desc" }).map(toRow);
}

export function isUnderway({ state }: ExportRow): boolean {
  return state === "requested" || state === "in_progress";
}

/** In a transaction of its own; resolves once durable. `change` may run several times. */
export async function changeExports<T>(
  database: Database,
  change: (tx: Transaction) => T,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const tx = database.begin();
    try {
      const result = change(tx);
      await database.commit(tx, { source: null }).durable;
      return result;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === MAX_ATTEMPTS) throw error;
    } finally {
      tx.close();
    }
  }
}

export function insertExport(tx: Transaction, includeStorage: boolean): string {
  const fields = { state: "requested", includeStorage, startTs: "", completeTs: "" };
  return tx.system.insert(TABLE, fields);
}

export function patchExport(tx: Transaction, id: string, fields: Partial<ExportRow>): void {
  tx.system.patch(TABLE, id, fields);
}

export function removeExport(tx: Transaction, id: string): void {
  tx.system.remove(TABLE, id);
}

/** What the CLI asks, by path. */
export const EXPORT_QUERIES: ReadonlyMap<string, SystemQuery> = new Map([
  ["_system/cli/exports:getLatest", latestExport],
]);

/** What the CLI watches; null when nothing was ever exported. */
export function latestExport(tx: Transaction): JSONValue {
  const [latest] = readExports(tx);
  if (latest === undefined) return null;
  const { _id, state, startTs, completeTs } = latest;
  const integer = (text: string) => encodeInteger(BigInt(text));
  return {
    state,
    ...(startTs === "" ? {} : { start_ts: integer(startTs) }),
    ...(completeTs === "" ? {} : { complete_ts: integer(completeTs), zip_object_key: _id }),
  };
}

/** Only this file writes these rows. */
function toRow(row: SystemDocument): ExportRow {
  return row as unknown as ExportRow;
}
