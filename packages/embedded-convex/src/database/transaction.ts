/**
 * One execution's view of the database: a snapshot, the writes on top of it, and a
 * record of everything that was read. Nothing here changes shared state; the commit does.
 *
 * A transaction is seen from a component: names and ids mean what they mean there. Views
 * of other components (`within`) share everything else.
 */
import type { JSONValue } from "convex/values";
import { DeveloperError } from "../errors.ts";
import type { ReadSet, Timestamp } from "../rooms.ts";
import type { DocumentFields } from "../values/document-fields.ts";
import { encodeId, newInternalId, tableNumberOfId } from "../values/ids.ts";
import { END_OF_INDEX, encodeKey, keySuccessor, prefixEnd } from "../values/keys.ts";
import { type CatalogView, indexNamed, type TableInfo, VISIBLE_SYSTEM_TABLES } from "./catalog.ts";
import { catalogChange } from "./catalog-rows.ts";
import { checkDocument, checkTableName, mergeFields, type SystemFields } from "./document-rules.ts";
import { idKey, StoredDocument } from "./documents.ts";
import { compileRange } from "./index-range.ts";
import { lastOf, type PageSource, runPage } from "./pagination.ts";
import {
  isSearchQuery,
  type Operator,
  parseQuery,
  parseSearchQuery,
  type QueryRequest,
} from "./query-plan.ts";
import { expectedRows, QueryStream } from "./query-stream.ts";
import { type Row, Scan, type ScanRange } from "./scan.ts";
import { MAX_TABLES } from "./schema.ts";
import { applySchema } from "./schema-activation.ts";
import { enforceSchema } from "./schema-enforcement.ts";
import { SystemDocuments } from "./system-documents.ts";
import { FIRST_USER_TABLE_NUMBER, SYSTEM_TABLES } from "./system-tables.ts";
import {
  checkAccess,
  decodeIdFor,
  indexNotFound,
  invalidId,
  kindOf,
  queryableIndex,
} from "./table-access.ts";
import { openSearch, searchPage } from "./text-search.ts";
import { TransactionState } from "./transaction-state.ts";
import type {
  DocumentCursor,
  Page,
  PageRequest,
  Savepoint,
  SchemaPush,
  SystemTables,
  Transaction,
} from "./types.ts";
import type { Usage } from "./usage.ts";
import type { WriteSet } from "./write-set.ts";

type WriteVerb = "patch" | "replace" | "delete";
const MISSING: Record<WriteVerb, string> = {
  patch: "Update on nonexistent document ID",
  replace: "Replace on nonexistent document ID",
  delete: "Delete on nonexistent document ID",
};

export class OpenTransaction implements Transaction {
  readonly state: TransactionState;
  readonly component: string;
  readonly beginTs: Timestamp;
  readonly usage: Usage;
  readonly system: SystemTables;
  readonly #writes: WriteSet;

  constructor(state: TransactionState, component = "") {
    this.state = state;
    this.component = component;
    this.beginTs = state.snapshot.ts;
    this.usage = state.usage;
    this.system = new SystemDocuments(this);
    this.#writes = state.writes;
  }

  within(component: string): OpenTransaction {
    return component === this.component ? this : new OpenTransaction(this.state, component);
  }

  get hasWrites(): boolean {
    return this.#writes.size > 0;
  }

  /** This component's part. */
  get catalog(): CatalogView {
    const { catalog } = this.state;
    return this.component === "" ? catalog : catalog.in(this.component);
  }

  snapshotReads(): ReadSet {
    return this.state.reads.snapshot();
  }

  // ------------------------------------------------------------------ reads

  get(
    id: string,
    options: { readonly table?: string; readonly system?: boolean } = {},
  ): string | null {
    const table = this.#tableOfId(id, "get", options.table);
    if (table === null) return null;
    checkAccess(table, options.system === true);
    return this.readDocument(table, id)?.json ?? null;
  }

  openQuery(query: JSONValue, options: { readonly system?: boolean } = {}): DocumentCursor {
    if (isSearchQuery(query)) return openSearch(this, parseSearchQuery(query));
    let stream = this.stream(parseQuery(query), options.system === true);
    return {
      isReady: true,
      prepare: async () => undefined,
      next: () => stream?.next()?.document.json ?? null,
      nextWithin: (rows) => {
        const row = stream === null ? null : stream.nextWithin(rows);
        return row === undefined ? undefined : (row?.document.json ?? null);
      },
      close: () => {
        stream = null;
      },
    };
  }

  queryPage(
    request: PageRequest,
    journalEndCursor: string | null,
    options: { readonly system?: boolean } = {},
  ): Page {
    return lastOf(this.queryPageInSteps(request, journalEndCursor, options));
  }

  queryPageInSteps(
    request: PageRequest,
    journalEndCursor: string | null,
    options: { readonly system?: boolean } = {},
  ): Generator<void, Page> {
    const query = parseQuery(request.query);
    const source: PageSource = {
      usage: this.usage,
      indexFields: this.#indexFields(query),
      splits: true,
      openStream: (narrow) => this.stream(query, options.system === true, narrow),
    };
    return runPage(source, this.state.host.cursors, request, journalEndCursor);
  }

  searchPage(request: PageRequest, journalEndCursor: string | null): Promise<Page> {
    return searchPage(this, request, journalEndCursor);
  }

  count(tableName: string): number {
    const table = this.resolveTable(tableName);
    if (table === null) return 0;
    this.recordRead(table, indexNamed(table, "by_id").id, "", END_OF_INDEX);
    return this.countOf(table);
  }

  normalizeId(tableName: string, idString: string): string | null {
    if (tableName.startsWith("_") && !VISIBLE_SYSTEM_TABLES.has(tableName)) return null;
    const table = this.resolveTable(tableName);
    return table !== null && tableNumberOfId(idString) === table.number ? idString : null;
  }

  tableName(tableNumber: number): string | null {
    const table = this.catalog.tableByNumber(tableNumber);
    if (table === null) this.#recordCatalogRead("by_number", [tableNumber]);
    return table?.name ?? null;
  }

  ensureTable(name: string): TableInfo {
    return this.resolveTable(name) ?? this.createTable(name);
  }

  ensureSystemTables(): void {
    for (const { name, number } of SYSTEM_TABLES) {
      if (!VISIBLE_SYSTEM_TABLES.has(name) || this.catalog.table(name) !== null) continue;
      this.#recordCatalogRead("by_name", [this.component, name]);
      this.#insertTable(name, number);
    }
  }

  touchDeployment(): void {
    this.system.query("_deployment", "by_creation_time");
  }

  // ----------------------------------------------------------------- writes

  insert(tableName: string, value: JSONValue): string {
    checkTableName(tableName);
    const table = this.resolveTable(tableName) ?? this.createTable(tableName);
    return this.insertDocument(table, value).id;
  }

  patch(id: string, value: JSONValue, table?: string): string {
    const found = this.#forWrite(id, "patch", table);
    return this.#overwrite(
      found.table,
      found.document,
      mergeFields(found.document.fields(), value),
    );
  }

  replace(id: string, value: JSONValue, table?: string): string {
    const found = this.#forWrite(id, "replace", table);
    return this.#overwrite(found.table, found.document, value);
  }

  remove(id: string, tableName?: string): string {
    const { table, document } = this.#forWrite(id, "delete", tableName);
    this.removeDocument(table, document);
    return document.json;
  }

  savepoint(): Savepoint {
    return { writes: this.#writes.position };
  }

  rollbackTo(savepoint: Savepoint): void {
    this.#writes.rollbackTo(savepoint.writes);
  }

  staleView(): Transaction {
    const { host, snapshot, catalog } = this.state;
    const state = new TransactionState(
      { ...host, release: () => undefined },
      snapshot,
      catalog,
      this.usage,
    );
    return new OpenTransaction(state, this.component);
  }

  activateSchema(push: SchemaPush): void {
    applySchema(this, push);
    this.state.activate(push);
  }

  close(): void {
    this.state.close();
  }

  // ------------------------------------------- for the database's own files

  /** The named table as this transaction sees it; records that it looked. */
  resolveTable(name: string): TableInfo | null {
    const table = this.catalog.table(name);
    if (table?.system !== true) this.#recordCatalogRead("by_name", [this.component, name]);
    return table;
  }

  /** Documents of the table; records nothing. */
  countOf({ tablet }: TableInfo): number {
    let count = this.state.host.countAt(tablet, this.beginTs);
    for (const { table: written, before, after } of this.#writes.all()) {
      if (written.tablet === tablet) count += Number(after !== null) - Number(before !== null);
    }
    return count;
  }

  readDocument(table: TableInfo, id: string): StoredDocument | null {
    const index = indexNamed(table, "by_id").id;
    const key = idKey(id);
    this.recordRead(table, index, key, keySuccessor(key));
    const own = this.#writes.find(table, id);
    const document = own === undefined ? this.state.snapshot.get(index, id) : own.after;
    if (document !== null && !table.system) this.usage.recordRead(document.size);
    return document;
  }

  /** Null when the table does not exist: such a query yields nothing. */
  stream(
    request: QueryRequest,
    system: boolean,
    narrow = (range: ScanRange): ScanRange => range,
  ): QueryStream | null {
    const table = this.resolveTable(request.table);
    if (table === null) {
      if (request.index === "by_creation_time" || request.index === "by_id") return null;
      throw indexNotFound(`${request.table}.${request.index}`);
    }
    checkAccess(table, system);
    const index = queryableIndex(table, request.index);
    const indexName = `${request.table}.${request.index}`;
    const { start, end } = compileRange(indexName, index.fields, request.range);
    const range = { index: index.id, start, end, descending: request.descending };
    return this.streamRange(table, narrow(range), request.operators);
  }

  streamRange(table: TableInfo, range: ScanRange, operators: readonly Operator[]): QueryStream {
    const scan = new Scan(
      this.state.snapshot,
      range,
      () => this.#writes.rows(range.index),
      expectedRows(operators),
    );
    const next = (): Row | null => {
      const row = scan.next();
      const { start, end } = scan.consumed();
      this.recordRead(table, range.index, start, end);
      if (row !== null && !table.system) this.usage.recordRead(row.document.size);
      return row;
    };
    return new QueryStream({ next }, operators);
  }

  recordRead(table: TableInfo, index: number, start: string, end: string): void {
    const grown = this.state.reads.add(index, start, end);
    if (grown !== 0 && !table.system) this.usage.add("databaseQueries", grown);
  }

  insertDocument(table: TableInfo, value: JSONValue): StoredDocument {
    const { host, startedAtMs, creationTimes } = this.state;
    const id = encodeId(table.number, newInternalId(host.random, startedAtMs));
    return this.insertDocumentAs(table, value, { id, creationTime: creationTimes.next() });
  }

  /** With an id that is free; it may have been freed in this transaction. */
  insertDocumentAs(table: TableInfo, value: JSONValue, system: SystemFields): StoredDocument {
    const checked = checkDocument(value, system, kindOf(table));
    const document = new StoredDocument({
      // A document that takes another's place takes its row in the store.
      serial: this.#writes.find(table, system.id)?.before?.serial ?? this.state.host.nextSerial(),
      table: table.tablet,
      id: system.id,
      ...checked,
    });
    this.#write(table, null, document, checked.fields);
    return document;
  }

  /** Writes nothing when nothing changes. */
  replaceDocument(table: TableInfo, old: StoredDocument, value: JSONValue): StoredDocument {
    const creationTime = old.fields()._creationTime;
    if (typeof creationTime !== "number")
      throw new Error(`Document ${old.id} has no creation time`);
    const checked = checkDocument(value, { id: old.id, creationTime }, kindOf(table));
    if (checked.json === old.json) return old;
    const document = new StoredDocument({
      serial: old.serial,
      table: old.table,
      id: old.id,
      ...checked,
    });
    this.#write(table, old, document, checked.fields);
    return document;
  }

  removeDocument(table: TableInfo, old: StoredDocument): void {
    this.#write(table, old, null, null);
  }

  createTable(name: string): TableInfo {
    checkTableName(name);
    if (this.catalog.userTables.length >= MAX_TABLES) {
      throw new DeveloperError(`Too many tables (maximum ${MAX_TABLES})`, "TooManyTables");
    }
    let number = FIRST_USER_TABLE_NUMBER;
    while (this.catalog.tableByNumber(number) !== null) number++;
    this.#recordCatalogRead("by_number", [number]);
    return this.#insertTable(name, number);
  }

  #insertTable(name: string, number: number): TableInfo {
    const { component } = this;
    const byId = this.state.host.nextSerial();
    const byCreationTime = this.state.host.nextSerial();
    this.system.insert("_tables", { component, name, number, byId, byCreationTime });
    const table = this.catalog.table(name);
    if (table === null) throw new Error(`Table ${name} was not created`);
    return table;
  }

  /** The fields a query's index has, for its cursors; empty when there is no such index. */
  #indexFields(request: QueryRequest): readonly string[] {
    if (request.index === "by_creation_time") return ["_creationTime"];
    return this.catalog.table(request.table)?.indexes.get(request.index)?.fields ?? [];
  }

  #write(
    table: TableInfo,
    old: StoredDocument | null,
    next: StoredDocument | null,
    fields: DocumentFields | null,
  ): void {
    if (!table.system) {
      if (fields !== null) this.#enforceSchema(table, fields);
      this.usage.recordWrite(next?.size ?? old?.size ?? 0);
    }
    this.#writes.put(table, (next ?? old)?.id ?? "", old, next);
    const change = catalogChange(table, old, next);
    if (change !== null) this.state.changeCatalog(change);
  }

  #enforceSchema(table: TableInfo, fields: DocumentFields): void {
    // A schema that becomes active meanwhile must meet this write, or this write it.
    const schemas = this.catalog.table("_schemas");
    if (schemas !== null) {
      this.recordRead(schemas, indexNamed(schemas, "by_id").id, "", END_OF_INDEX);
    }
    enforceSchema(this.catalog, table, fields, this);
  }

  #overwrite(table: TableInfo, old: StoredDocument, value: JSONValue): string {
    return this.replaceDocument(table, old, value).json;
  }

  #forWrite(
    id: string,
    verb: WriteVerb,
    tableName?: string,
  ): { table: TableInfo; document: StoredDocument } {
    const table = this.#tableOfId(id, verb, tableName);
    if (table === null) throw new DeveloperError(`Table for ID "${id}" not found`, "TableNotFound");
    if (table.system) checkTableName(table.name);
    const document = this.readDocument(table, id);
    if (document === null)
      throw new DeveloperError(`${MISSING[verb]} ${id}`, "NonexistentDocument");
    return { table, document };
  }

  /** Null when no such table exists (any more). */
  #tableOfId(id: string, method: string, expected?: string): TableInfo | null {
    const tableNumber = decodeIdFor(method, id);
    const table = this.catalog.tableByNumber(tableNumber);
    if (table === null) this.#recordCatalogRead("by_number", [tableNumber]);
    if (expected !== undefined && table !== null && table.name !== expected) {
      throw invalidId(
        method,
        `expected to be an Id<"${expected}">, got Id<"${table.name}"> instead.`,
      );
    }
    return table;
  }

  #recordCatalogRead(index: string, values: JSONValue[]): void {
    const tables = this.catalog.table("_tables");
    if (tables === null) return;
    const prefix = encodeKey(values);
    this.recordRead(tables, indexNamed(tables, index).id, prefix, prefixEnd(prefix));
  }
}
