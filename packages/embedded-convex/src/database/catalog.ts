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
  /** By name; a pending index is listed as `name (pending)` beside the one it may replace. */
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

/** A row of `_tables`. */
export interface TableRow {
  readonly component: string;
  readonly name: string;
  readonly number: number;
  readonly byId: number;
  readonly byCreationTime: number;
}

/** A row of `_indexes`. */
export interface IndexRecord {
  readonly index: number;
  readonly tableNumber: number;
  readonly name: string;
  readonly fields: readonly string[];
  readonly pending: boolean;
}

/** One change of a catalog row, as a transaction writes it. */
export type CatalogChange =
  | { readonly kind: "table"; readonly old: TableRow | null; readonly next: TableRow | null }
  | { readonly kind: "index"; readonly old: IndexRecord | null; readonly next: IndexRecord | null }
  | { readonly kind: "schema"; readonly next: JSONValue | null };

export function indexMap(
  byId: number,
  byCreationTime: number,
  others: readonly IndexInfo[],
): ReadonlyMap<string, IndexInfo> {
  const builtIn: IndexInfo[] = [
    { id: byId, name: "by_id", fields: [], pending: false },
    { id: byCreationTime, name: "by_creation_time", fields: ["_creationTime"], pending: false },
  ];
  return new Map([...builtIn, ...others].map((index) => [mapKey(index), index]));
}

/** Throws when there is none: for indexes the engine itself relies on. */
export function indexNamed(table: TableInfo, name: string): IndexInfo {
  const index = table.indexes.get(name);
  if (index === undefined) throw new Error(`Table ${table.name} has no index ${name}`);
  return index;
}

export class Catalog implements CatalogView {
  readonly schema: JSONValue | null;
  readonly #byName: ReadonlyMap<string, TableInfo>;
  readonly #byNumber: ReadonlyMap<number, TableInfo>;

  private constructor(byNumber: ReadonlyMap<number, TableInfo>, schema: JSONValue | null) {
    this.schema = schema;
    this.#byNumber = byNumber;
    this.#byName = new Map([...byNumber.values()].map((table) => [table.name, table]));
  }

  static of(tables: readonly TableInfo[]): Catalog {
    return new Catalog(new Map(tables.map((table) => [table.number, table])), null);
  }

  get userTables(): readonly TableInfo[] {
    return [...this.#byNumber.values()].filter((table) => !table.system);
  }

  get allTables(): readonly TableInfo[] {
    return [...this.#byNumber.values()];
  }

  table(name: string): TableInfo | null {
    return this.#byName.get(name) ?? null;
  }

  tableByNumber(tableNumber: number): TableInfo | null {
    return this.#byNumber.get(tableNumber) ?? null;
  }

  /** The catalog after these changes, in order. */
  with(changes: readonly CatalogChange[]): Catalog {
    if (changes.length === 0) return this;
    const tables = new Map(this.#byNumber);
    let schema = this.schema;
    for (const change of changes) {
      if (change.kind === "table") applyTable(tables, change.old, change.next);
      else if (change.kind === "index") applyIndex(tables, change.old, change.next);
      else schema = change.next;
    }
    return new Catalog(tables, schema);
  }
}

function applyTable(
  tables: Map<number, TableInfo>,
  old: TableRow | null,
  next: TableRow | null,
): void {
  // Tables may swap their numbers in one commit.
  if (old !== null && tables.get(old.number)?.name === old.name) tables.delete(old.number);
  if (next === null) return;
  const { component, name, number } = next;
  const indexes = indexMap(next.byId, next.byCreationTime, []);
  tables.set(number, { component, name, number, system: false, indexes });
}

function applyIndex(
  tables: Map<number, TableInfo>,
  old: IndexRecord | null,
  next: IndexRecord | null,
): void {
  const table = tables.get((next ?? old)?.tableNumber ?? 0);
  if (table === undefined) return; // its table went in the same commit
  const indexes = new Map(table.indexes);
  if (old !== null && indexes.get(mapKey(old))?.id === old.index) indexes.delete(mapKey(old));
  if (next !== null) {
    const { index: id, name, fields, pending } = next;
    indexes.set(mapKey(next), { id, name, fields, pending });
  }
  tables.set(table.number, { ...table, indexes });
}

function mapKey(index: { readonly name: string; readonly pending: boolean }): string {
  return index.pending ? `${index.name} (pending)` : index.name;
}
