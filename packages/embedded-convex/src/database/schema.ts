/**
 * The active schema at write time: does this document match its table's validator?
 */
import { DeveloperError } from "../errors.ts";
import type { Catalog, TableInfo } from "./catalog.ts";
import type { DocumentFields } from "./documents.ts";

export function enforceSchema(
  catalog: Catalog,
  table: TableInfo,
  fields: DocumentFields,
  tableName: (tableNumber: number) => string | null,
): void {
  void [catalog, table, fields, tableName, DeveloperError];
}
