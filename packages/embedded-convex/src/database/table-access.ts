/** Who may see which table and index, and what an id's table is, in the contract's words. */
import { DeveloperError } from "../errors.ts";
import { decodeId } from "../values/ids.ts";
import {
  type IndexInfo,
  type TableInfo,
  type TextIndexInfo,
  type VectorIndexInfo,
  VISIBLE_SYSTEM_TABLES,
} from "./catalog.ts";
import type { DocumentKind } from "./document-rules.ts";

export function queryableIndex(table: TableInfo, name: string): IndexInfo {
  refuseUnusable(table, name);
  const index = table.indexes.get(name);
  if (index !== undefined) return index;
  throw wrongKind(table, name, "a database index", "IndexNotADatabaseIndex");
}

export function queryableTextIndex(table: TableInfo, name: string): TextIndexInfo {
  refuseUnusable(table, name);
  const index = table.searches.get(name);
  if (index?.kind === "search") return index;
  throw wrongKind(table, name, "a search index", "IndexNotASearchIndexError");
}

export function queryableVectorIndex(table: TableInfo, name: string): VectorIndexInfo {
  refuseUnusable(table, name);
  const index = table.searches.get(name);
  if (index?.kind === "vector") return index;
  throw wrongKind(table, name, "a vector index", "IndexNotAVectorIndexError");
}

export function indexNotFound(fullName: string): DeveloperError {
  return new DeveloperError(`Index ${fullName} not found.`, "IndexNotFound");
}

function wrongKind(table: TableInfo, name: string, kind: string, code: string): DeveloperError {
  return new DeveloperError(`Index ${table.name}.${name} is not ${kind}`, code);
}

/** An index of any kind that is not there, not filled or not enabled. */
function refuseUnusable({ name: table, indexes, searches }: TableInfo, name: string): void {
  const full = `${table}.${name}`;
  const index = indexes.get(name) ?? searches.get(name);
  if (index !== undefined && index.staged !== false) {
    throw new DeveloperError(
      `Index ${full} is currently staged and not available to query until it is enabled.`,
      "IndexStagedError",
    );
  }
  if (index !== undefined) return;
  const pending = `${name} (pending)`;
  throw indexes.has(pending) || searches.has(pending)
    ? new DeveloperError(
        `Index ${full} is currently backfilling and not available to query yet.`,
        "IndexNotReady",
      )
    : indexNotFound(full);
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
