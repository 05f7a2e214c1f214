/** Who may see which table and index, and what an id's table is, in the contract's words. */
import { DeveloperError } from "../errors.ts";
import { decodeId } from "../values/ids.ts";
import { type IndexInfo, type TableInfo, VISIBLE_SYSTEM_TABLES } from "./catalog.ts";
import type { DocumentKind } from "./document-rules.ts";

export function queryableIndex(table: TableInfo, name: string): IndexInfo {
  const index = table.indexes.get(name);
  if (index !== undefined) return index;
  const full = `${table.name}.${name}`;
  throw table.indexes.has(`${name} (pending)`)
    ? new DeveloperError(
        `Index ${full} is currently backfilling and not available to query yet.`,
        "IndexNotReady",
      )
    : new DeveloperError(`Index ${full} not found.`, "IndexNotFound");
}

export function checkAccess(table: TableInfo, system: boolean): void {
  if (table.system && !system) {
    throw new DeveloperError(
      "System tables can only be accessed with db.system.",
      "SystemTableAccess",
    );
  }
  if (!table.system && system) {
    throw new DeveloperError("User tables cannot be accessed with db.system.", "UserTableAccess");
  }
  if (table.system && !VISIBLE_SYSTEM_TABLES.has(table.name)) {
    throw new DeveloperError(`Table ${table.name} not found.`, "TableNotFound");
  }
}

export function kindOf(table: TableInfo): DocumentKind {
  return table.system ? "system" : "user";
}

export function decodeIdFor(method: string, id: string): number {
  try {
    return decodeId(id).tableNumber;
  } catch (error) {
    throw error instanceof DeveloperError ? invalidId(method, error.message) : error;
  }
}

export function invalidId(method: string, cause: string): DeveloperError {
  return new DeveloperError(
    `Invalid argument \`id\` for \`db.${method}\`: ${cause}`,
    "InvalidArgument",
  );
}
