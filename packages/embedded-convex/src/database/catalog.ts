/**
 * Tables, indexes and the active schema as of one commit. A catalog never
 * changes: a commit that touches them makes the next one.
 */
import type { JSONValue } from "convex/values";

export interface IndexInfo {
  /** Permanent and never used again. */
  readonly id: number;
  readonly name: string;
  /** All fields of the key, `_creationTime` included; the document id always follows. */
  readonly fields: readonly string[];
  /** Pending indexes are kept up to date by commits and cannot be queried. */
  readonly pending: boolean;
}

export interface TableInfo {
  /** Component path; "" is the app. */
  readonly component: string;
  readonly name: string;
  readonly number: number;
  readonly system: boolean;
  readonly indexes: ReadonlyMap<string, IndexInfo>;
}

/** What other rooms may ask. */
export interface CatalogView {
  readonly userTables: readonly TableInfo[];
  table(name: string): TableInfo | null;
  tableByNumber(tableNumber: number): TableInfo | null;
  /** Parsed `schema.export()` of the active schema, null without. */
  readonly schema: JSONValue | null;
}
