/** Rows of stored files, in one component; their bytes are on disk already. */
import type { JSONValue } from "convex/values";
import { importWrites } from "../database/import-writes.ts";
import type { Transaction } from "../database/types.ts";
import type { NamedBytes } from "./file-names.ts";
import { ImportMistake, type ParsedFile } from "./parsed-import.ts";
import { existingTable, type Fresh, writeDocument } from "./write-document.ts";

/** With `replace`, what the component has now goes first. A step for each row. */
export function* writeFiles(
  tx: Transaction,
  files: readonly ParsedFile[],
  { replace, ...fresh }: Fresh & { readonly replace: boolean },
): Generator<void> {
  const writes = importWrites(tx);
  const table = existingTable(writes, "_storage");
  if (replace) {
    yield* writes.empty(table);
    yield* removeLinks(tx);
  }
  const place = tx.component === "" ? {} : { component: tx.component };
  for (const { where, row, ...named } of files) {
    const storageId = freeName(tx, where, named);
    const fileId = writeDocument(writes, table, { where, value: storedFields(row) }, fresh);
    tx.system.insert("_storage_internal", { fileId, storageId, ...place });
    yield;
  }
}

/** A name is one row's only, whatever its component. */
function freeName(tx: Transaction, where: string, { storageId, spareId }: NamedBytes): string {
  const isFree = (name: string) =>
    tx.system.query("_storage_internal", "by_storage_id", [name]).length === 0;
  if (isFree(storageId)) return storageId;
  if (spareId !== null) return spareId;
  throw new ImportMistake(`${where}: this file has just come by another import. Import again.`);
}

function* removeLinks(tx: Transaction): Generator<void> {
  for (const { _id, component = "" } of tx.system.query("_storage_internal", "by_file")) {
    if (component !== tx.component) continue;
    tx.system.remove("_storage_internal", _id);
    yield;
  }
}

function storedFields(row: ParsedFile["row"]): { readonly [field: string]: JSONValue } {
  const { _id, _creationTime, sha256, size, contentType } = row;
  const fields = Object.entries({ _id, _creationTime, sha256, size, contentType });
  return Object.fromEntries(
    fields.filter((entry): entry is [string, JSONValue] => (entry[1] ?? null) !== null),
  );
}
