/**
 * One document of an import, written with its id and creation time.
 *
 * [IMPORT1] Ids and creation times of the file are kept; what lacks them gets new ones.
 */
import type { TableInfo } from "../database/catalog.ts";
import type { CreationTimes } from "../database/creation-times.ts";
import type { ImportWrites } from "../database/import-writes.ts";
import { DeveloperError, StoreError } from "../errors.ts";
import { encodeId, newInternalId } from "../values/ids.ts";
import { ImportMistake, type ParsedDocument } from "./parsed-import.ts";

/** Where new ids and creation times come from. */
export interface Fresh {
  readonly times: CreationTimes;
  readonly nowMs: number;
  readonly random: (bytes: number) => Uint8Array;
}

/** Returns its id. Throws ImportMistake naming file and line. */
export function writeDocument(
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

/** A table that has been made sure of. */
export function existingTable(writes: ImportWrites, name: string): TableInfo {
  const table = writes.table(name);
  if (table === null) throw new StoreError(`Table ${name} is missing`);
  return table;
}

/** A mistake in the data becomes one of the import, at this place in the file. */
export function explained<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DeveloperError)) throw error;
    throw new ImportMistake(`${where}: ${error.message}`);
  }
}
