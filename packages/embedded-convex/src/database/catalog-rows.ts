/** Recognises writes that change the catalog and reads their rows. */
import type { JSONValue } from "convex/values";
import type { CatalogChange, IndexRecord, TableInfo, TableRow } from "./catalog.ts";
import type { StoredDocument } from "./documents.ts";

/** What this write means for the catalog; null for every other table. */
export function catalogChange(
  table: TableInfo,
  old: StoredDocument | null,
  next: StoredDocument | null,
): CatalogChange | null {
  if (!table.system) return null;
  switch (table.name) {
    case "_tables":
      return { kind: "table", old: row<TableRow>(old), next: row<TableRow>(next) };
    case "_indexes":
      return { kind: "index", old: indexRow(old), next: indexRow(next) };
    case "_schemas":
      return {
        kind: "schema",
        component: String((next ?? old)?.fields().component ?? ""),
        next: next === null ? null : (next.fields().schema ?? null),
      };
    default:
      return null;
  }
}

/** As they are written in schema-push.ts. */
function indexRow(document: StoredDocument | null): IndexRecord | null {
  return document === null ? null : (document.fields() as unknown as IndexRecord);
}

/** Only this engine writes these rows. */
function row<T extends { readonly [field in keyof T]: JSONValue | readonly string[] }>(
  document: StoredDocument | null,
): T | null {
  return document === null ? null : (document.fields() as T);
}
