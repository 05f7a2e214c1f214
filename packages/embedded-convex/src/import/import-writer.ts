/**
 * Writes a planned import into one transaction, step by step, so that whoever drives it
 * can let others go first.
 *
 * [IMPORT1] Ids and creation times of the file are kept; what lacks them gets new ones.
 * [IMPORT6] Documents must satisfy the active schema, with the tables' numbers of the import.
 */
import type { JSONValue } from "convex/values";
import type { TableInfo } from "../database/catalog.ts";
import { CreationTimes } from "../database/creation-times.ts";
import { type ImportWrites, importWrites } from "../database/import-writes.ts";
import type { Transaction } from "../database/types.ts";
import { DeveloperError, StoreError } from "../errors.ts";
import { encodeId, newInternalId } from "../values/ids.ts";
import { definitionOf, type ImportPlan } from "./import-plan.ts";
import {
  type ImportFormat,
  ImportMistake,
  type ImportMode,
  type ParsedDocument,
  type ParsedFile,
  type ParsedImport,
} from "./parsed-import.ts";

export interface ImportWork {
  readonly parsed: ParsedImport;
  readonly plan: ImportPlan;
  readonly mode: ImportMode;
  readonly format: ImportFormat;
  readonly schema: JSONValue | null;
  readonly nowMs: number;
  readonly random: (bytes: number) => Uint8Array;
}

/** Returns how many documents it wrote. Throws ImportMistake naming file and line. */
export function* writeImport(tx: Transaction, work: ImportWork): Generator<void, number> {
  const writes = importWrites(tx);
  const { plan, parsed } = work;
  for (const name of plan.emptied) yield* writes.empty(existing(writes, name));
  writes.renumber(plan.numbers);
  for (const name of parsed.tables.keys()) explained(name, () => tx.ensureTable(name));
  if (plan.numbers.size > 0) tx.system.bumpDeployment(); // ids mean something else now
  const times = new CreationTimes(work.nowMs);
  let written = 0;
  for (const [name, documents] of parsed.tables) {
    const table = existing(writes, name);
    const optional = work.format === "csv" ? optionalFields(work.schema, name) : NO_FIELDS;
    for (const document of documents) {
      writeDocument(writes, table, withoutEmpty(document, optional), { ...work, times });
      written++;
      yield;
    }
  }
  if (parsed.files !== null) yield* writeFiles(tx, writes, parsed.files, { ...work, times });
  return written;
}

const NO_FIELDS: ReadonlySet<string> = new Set();

interface Fresh {
  readonly times: CreationTimes;
  readonly nowMs: number;
  readonly random: (bytes: number) => Uint8Array;
}

function writeDocument(
  writes: ImportWrites,
  table: TableInfo,
  { where, value }: ParsedDocument,
  { times, nowMs, random }: Fresh,
): string {
  const { _id: id, _creationTime: creationTime } = value;
  if (id !== undefined && typeof id !== "string") {
    throw new ImportMistake(`${where}: \`_id\` must be a string`);
  }
  if (creationTime !== undefined && typeof creationTime !== "number") {
    throw new ImportMistake(`${where}: \`_creationTime\` must be a float64`);
  }
  const system = {
    id: id ?? encodeId(table.number, newInternalId(random, nowMs)),
    creationTime: creationTime ?? times.next(),
  };
  explained(where, () => writes.insert(table, value, system));
  return system.id;
}

function* writeFiles(
  tx: Transaction,
  writes: ImportWrites,
  files: readonly ParsedFile[],
  work: ImportWork & Fresh,
): Generator<void> {
  const table = existing(writes, "_storage");
  const stored = tx.system.query("_storage", "by_creation_time", [], { limit: 1 }).length > 0;
  if (stored && work.mode === "requireEmpty" && files.length > 0) {
    throw new ImportMistake("There are stored files already. Please use replace/append modes.");
  }
  if (stored && work.mode !== "append") {
    yield* writes.empty(table);
    for (const link of tx.system.query("_storage_internal", "by_file")) {
      if (link.component === undefined) tx.system.remove("_storage_internal", link._id);
      yield;
    }
  }
  for (const { where, row, storageId } of files) {
    const { _id, _creationTime, sha256, size, contentType } = row;
    const fields = { _id, _creationTime, sha256, size, contentType };
    const value = Object.fromEntries(
      Object.entries(fields).filter(
        (entry): entry is [string, JSONValue] => (entry[1] ?? null) !== null,
      ),
    );
    const fileId = writeDocument(writes, table, { where, value }, work);
    tx.system.insert("_storage_internal", { fileId, storageId });
    yield;
  }
}

/** Fields of a table that may be missing. */
function optionalFields(schema: JSONValue | null, table: string): ReadonlySet<string> {
  const { documentType } = (definitionOf(schema, table) ?? {}) as { documentType?: JSONValue };
  const { type, value } = (documentType ?? {}) as { type?: JSONValue; value?: JSONValue };
  if (type !== "object" || value === null || typeof value !== "object") return NO_FIELDS;
  const fields = Object.entries(value as { [field: string]: { optional?: boolean } });
  return new Set(fields.filter(([, { optional }]) => optional === true).map(([name]) => name));
}

function withoutEmpty(document: ParsedDocument, optional: ReadonlySet<string>): ParsedDocument {
  if (optional.size === 0) return document;
  const kept = Object.entries(document.value).filter(
    ([name, value]) => value !== "" || !optional.has(name),
  );
  return { ...document, value: Object.fromEntries(kept) };
}

function existing(writes: ImportWrites, name: string): TableInfo {
  const table = writes.table(name);
  if (table === null) throw new StoreError(`Table ${name} is missing`);
  return table;
}

function explained<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DeveloperError)) throw error;
    throw new ImportMistake(`${where}: ${error.message}`);
  }
}
