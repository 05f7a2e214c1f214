/**
 * Tables, indexes and the active schemas as of one commit. A catalog never
 * changes: a commit that touches them makes the next one.
 *
 * Every component has a namespace of its own: names and numbers of tables mean something
 * in a namespace only. What names a table everywhere is its tablet.
 */
import type { JSONValue } from "convex/values";
import type { TextIndexSpec, VectorIndexSpec } from "../rooms.ts";

/** Tables `db.system` shows to user code, read-only. Every component has its own. */
export const VISIBLE_SYSTEM_TABLES: ReadonlySet<string> = new Set([
  "_scheduled_functions",
  "_storage",
]);

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
  /** Part of every id; unique in its namespace. */
  readonly number: number;
  /** Unique in the deployment; see `tabletOf`. */
  readonly tablet: number;
  readonly system: boolean;
  /** By name; a pending index is listed as `name (pending)` beside the one it may replace. */
  readonly indexes: ReadonlyMap<string, IndexInfo>;
  /** Full-text and vector indexes, named alike. */
  readonly searches: ReadonlyMap<string, SearchIndexInfo>;
}

/** One component's tables, the app's ("") unless it says otherwise. */
export interface CatalogView {
  readonly component: string;
  readonly userTables: readonly TableInfo[];
  /** The engine's own tables are found in every namespace. */
  table(name: string): TableInfo | null;
  tableByNumber(tableNumber: number): TableInfo | null;
  /** Parsed `schema.export()` of the active schema, null without. */
  readonly schema: JSONValue | null;
  /** The same catalog, looked at by a component. */
  in(component: string): CatalogView;
}

/** Numbers of tables end here: an id spends at most 32 bits on one. */
const FIRST_COMPONENT_TABLET = 2 ** 32;

/** The app's tables are known by their numbers, those of components by the serial of their first index. */
export function tabletOf({ component, number, byId }: TableRow): number {
  return component === "" ? number : FIRST_COMPONENT_TABLET + byId;
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
  /** The table's tablet. */
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
  | { readonly kind: "schema"; readonly component: string; readonly next: JSONValue | null };

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

type Schemas = ReadonlyMap<string, JSONValue>;

export class Catalog implements CatalogView {
  readonly component = "";
  readonly #tablets: ReadonlyMap<number, TableInfo>;
  readonly #schemas: Schemas;
  readonly #namespaces = new Map<string, Namespace>();
  readonly #app: Namespace;

  private constructor(tablets: ReadonlyMap<number, TableInfo>, schemas: Schemas) {
    this.#tablets = tablets;
    this.#schemas = schemas;
    for (const table of tablets.values()) this.#namespace(table.component).add(table);
    this.#app = this.#namespace("");
  }

  static of(tables: readonly TableInfo[]): Catalog {
    return new Catalog(new Map(tables.map((table) => [table.tablet, table])), new Map());
  }

  /** Of the app. */
  get userTables(): readonly TableInfo[] {
    return this.#app.userTables;
  }

  /** Of the app. */
  get schema(): JSONValue | null {
    return this.#app.schema;
  }

  /** Of all components. */
  get allTables(): readonly TableInfo[] {
    return [...this.#tablets.values()];
  }

  table(name: string): TableInfo | null {
    return this.#app.table(name);
  }

  tableByNumber(tableNumber: number): TableInfo | null {
    return this.#app.tableByNumber(tableNumber);
  }

  tablet(tablet: number): TableInfo | null {
    return this.#tablets.get(tablet) ?? null;
  }

  in(component: string): CatalogView {
    return component === "" ? this : this.#namespace(component);
  }

  /** The catalog after these changes, in order. */
  with(changes: readonly CatalogChange[]): Catalog {
    if (changes.length === 0) return this;
    const tablets = new Map(this.#tablets);
    const schemas = new Map(this.#schemas);
    for (const change of changes) {
      if (change.kind === "table") applyTable(tablets, change.old, change.next);
      else if (change.kind === "index") applyIndex(tablets, change.old, change.next);
      else if (change.next === null) schemas.delete(change.component);
      else schemas.set(change.component, change.next);
    }
    return new Catalog(tablets, schemas);
  }

  #namespace(component: string): Namespace {
    let namespace = this.#namespaces.get(component);
    if (namespace === undefined) {
      const schema = this.#schemas.get(component) ?? null;
      namespace = new Namespace(this, component, schema);
      this.#namespaces.set(component, namespace);
    }
    return namespace;
  }
}

/** One component's part of a catalog. Filled while the catalog is made, then never changed. */
class Namespace implements CatalogView {
  readonly component: string;
  readonly schema: JSONValue | null;
  readonly #catalog: Catalog;
  readonly #byName = new Map<string, TableInfo>();
  readonly #byNumber = new Map<number, TableInfo>();

  constructor(catalog: Catalog, component: string, schema: JSONValue | null) {
    this.#catalog = catalog;
    this.component = component;
    this.schema = schema;
  }

  add(table: TableInfo): void {
    this.#byName.set(table.name, table);
    this.#byNumber.set(table.number, table);
  }

  get userTables(): readonly TableInfo[] {
    return [...this.#byNumber.values()].filter((table) => !table.system);
  }

  table(name: string): TableInfo | null {
    return this.#byName.get(name) ?? this.#shared(name.startsWith("_"), (app) => app.table(name));
  }

  tableByNumber(tableNumber: number): TableInfo | null {
    const own = this.#byNumber.get(tableNumber);
    return own ?? this.#shared(true, (app) => app.tableByNumber(tableNumber));
  }

  in(component: string): CatalogView {
    return this.#catalog.in(component);
  }

  /** Tables of the engine of which there is only one. */
  #shared(possible: boolean, find: (app: Catalog) => TableInfo | null): TableInfo | null {
    if (!possible || this.component === "") return null;
    const table = find(this.#catalog);
    return table?.system === true && !VISIBLE_SYSTEM_TABLES.has(table.name) ? table : null;
  }
}

function applyTable(
  tablets: Map<number, TableInfo>,
  old: TableRow | null,
  next: TableRow | null,
): void {
  const known = old === null ? undefined : tablets.get(tabletOf(old));
  // Tables of the app may swap their numbers in one commit.
  if (known !== undefined && known.name === old?.name) tablets.delete(known.tablet);
  if (next === null) return;
  const { component, name, number } = next;
  const tablet = tabletOf(next);
  const kept = known?.tablet === tablet && known.name === name ? known : null;
  const indexes = kept?.indexes ?? indexMap(next.byId, next.byCreationTime, []);
  const searches = kept?.searches ?? new Map<string, SearchIndexInfo>();
  const system = name.startsWith("_");
  tablets.set(tablet, { component, name, number, tablet, system, indexes, searches });
}

function applyIndex(
  tablets: Map<number, TableInfo>,
  old: IndexRecord | null,
  next: IndexRecord | null,
): void {
  const table = tablets.get((next ?? old)?.tableNumber ?? 0);
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
  tablets.set(table.tablet, { ...table, indexes, searches });
}

function mapKey(index: { readonly name: string; readonly pending: boolean }): string {
  return index.pending ? `${index.name} (pending)` : index.name;
}
