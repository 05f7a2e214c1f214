/**
 * Tables, indexes and the active schema as of one commit. A catalog never
 * changes: a commit that touches them makes the next one.
 */
import type { JSONValue } from "convex/values";
import type { TextIndexSpec, VectorIndexSpec } from "../rooms.ts";

export interface IndexInfo {
  /** Permanent and never used again. */
  readonly id: number;
  readonly name: string;
  /** All fields of the key, `_creationTime` included; the document id always follows. */
  readonly fields: readonly string[];
  /** Pending indexes are kept up to date by commits and cannot be queried. */
  readonly pending: boolean;
  readonly staged: Staging;
}

/**
 * A staged index is kept up to date and cannot be queried until a push enables it.
 * `filling`: documents from before it was defined are not all in it yet.
 */
type Staging = false | "filling" | "filled";

interface SearchIndexState {
  readonly name: string;
  readonly pending: boolean;
  readonly staged: Staging;
}

export type TextIndexInfo = TextIndexSpec & SearchIndexState;
export type VectorIndexInfo = VectorIndexSpec & SearchIndexState;
export type SearchIndexInfo = TextIndexInfo | VectorIndexInfo;

export interface TableInfo {
  /** Component path; "" is the app. */
  readonly component: string;
  readonly name: string;
  readonly number: number;
  readonly system: boolean;
  /** By name; a pending index is listed as `name (pending)` beside the one it may replace. */
  readonly indexes: ReadonlyMap<string, IndexInfo>;
  /** Full-text and vector indexes, named alike. */
  readonly searches: ReadonlyMap<string, SearchIndexInfo>;
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
  /** Absent where it is false. */
  readonly staged?: "filling" | "filled";
  /** Absent for a database index; `fields` is empty for the others. */
  readonly search?: Omit<TextIndexSpec, "id"> | Omit<VectorIndexSpec, "id">;
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
    builtInIndex(byId, "by_id", []),
    builtInIndex(byCreationTime, "by_creation_time", ["_creationTime"]),
  ];
  return new Map([...builtIn, ...others].map((index) => [mapKey(index), index]));
}

function builtInIndex(id: number, name: string, fields: readonly string[]): IndexInfo {
  return { id, name, fields, pending: false, staged: false };
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
  tables.set(number, { component, name, number, system: false, indexes, searches: new Map() });
}

function applyIndex(
  tables: Map<number, TableInfo>,
  old: IndexRecord | null,
  next: IndexRecord | null,
): void {
  const table = tables.get((next ?? old)?.tableNumber ?? 0);
  if (table === undefined) return; // its table went in the same commit
  const indexes = new Map(table.indexes);
  const searches = new Map(table.searches);
  if (old !== null) {
    if (indexes.get(mapKey(old))?.id === old.index) indexes.delete(mapKey(old));
    if (searches.get(mapKey(old))?.id === old.index) searches.delete(mapKey(old));
  }
  if (next !== null) {
    const { index: id, name, fields, pending, staged = false, search } = next;
    if (search === undefined) indexes.set(mapKey(next), { id, name, fields, pending, staged });
    else searches.set(mapKey(next), { ...search, id, name, pending, staged });
  }
  tables.set(table.number, { ...table, indexes, searches });
}

function mapKey(index: { readonly name: string; readonly pending: boolean }): string {
  return index.pending ? `${index.name} (pending)` : index.name;
}
