/** Documents of system tables for the engine's own rooms: plain JSON objects. */
import type { JSONValue } from "convex/values";
import { type CatalogView, indexNamed, type TableInfo } from "./catalog.ts";
import type { StoredDocument } from "./documents.ts";
import { compileRange, type RangeBound } from "./index-range.ts";
import type { Operator } from "./query-plan.ts";
import type { QueryStream } from "./query-stream.ts";
import type { ScanRange } from "./scan.ts";
import type { SystemDocument, SystemQueryOptions, SystemTables } from "./types.ts";

type Fields = { readonly [field: string]: JSONValue | undefined };

const BOUNDS = { gte: "Gte", gt: "Gt", lte: "Lte", lt: "Lt" } as const;

/** What this needs of a transaction. */
interface DocumentAccess {
  readonly catalog: CatalogView;
  readDocument(table: TableInfo, id: string): StoredDocument | null;
  streamRange(table: TableInfo, range: ScanRange, operators: readonly Operator[]): QueryStream;
  recordRead(table: TableInfo, index: number, start: string, end: string): void;
  insertDocument(table: TableInfo, value: JSONValue): StoredDocument;
  replaceDocument(table: TableInfo, old: StoredDocument, value: JSONValue): StoredDocument;
  removeDocument(table: TableInfo, old: StoredDocument): void;
}

export class SystemDocuments implements SystemTables {
  readonly #tx: DocumentAccess;

  constructor(tx: DocumentAccess) {
    this.#tx = tx;
  }

  get(tableName: string, id: string): SystemDocument | null {
    return toSystemDocument(this.#tx.readDocument(this.#table(tableName), id));
  }

  query(
    tableName: string,
    indexName: string,
    equal: readonly JSONValue[] = [],
    options: SystemQueryOptions = {},
  ): SystemDocument[] {
    const { table, range } = this.#range(tableName, indexName, equal, options);
    return this.#collect(table, range, options.limit);
  }

  assumeNone(tableName: string, indexName: string, equal: readonly JSONValue[]): void {
    const { table, range } = this.#range(tableName, indexName, equal, {});
    this.#tx.recordRead(table, range.index, range.start, range.end);
  }

  insert(tableName: string, fields: Fields): string {
    return this.#tx.insertDocument(this.#table(tableName), defined(fields)).id;
  }

  patch(tableName: string, id: string, fields: Fields): void {
    const { table, document } = this.#existing(tableName, id);
    const merged: { [field: string]: JSONValue | undefined } = { ...document.fields(), ...fields };
    this.#tx.replaceDocument(table, document, defined(merged));
  }

  replace(tableName: string, id: string, fields: Fields): void {
    const { table, document } = this.#existing(tableName, id);
    this.#tx.replaceDocument(table, document, defined(fields));
  }

  remove(tableName: string, id: string): void {
    const { table, document } = this.#existing(tableName, id);
    this.#tx.removeDocument(table, document);
  }

  bumpDeployment(change: { readonly code?: boolean; readonly activatedAtMs?: number } = {}): void {
    const [row] = this.query("_deployment", "by_creation_time");
    if (row === undefined) throw new Error("The deployment row is missing");
    this.patch("_deployment", row._id, {
      version: Number(row.version) + 1,
      codeVersion: Number(row.codeVersion) + (change.code === true ? 1 : 0),
      activatedAtMs: change.activatedAtMs ?? row.activatedAtMs,
    });
  }

  #range(
    tableName: string,
    indexName: string,
    equal: readonly JSONValue[],
    options: SystemQueryOptions,
  ): { table: TableInfo; range: ScanRange } {
    const table = this.#table(tableName);
    const index = indexNamed(table, indexName);
    const fields = [...index.fields, "_id"];
    const bounds: RangeBound[] = equal.map((value, i) => ({
      type: "Eq",
      fieldPath: fields[i] ?? "",
      value,
    }));
    for (const [option, type] of Object.entries(BOUNDS)) {
      const value = options[option as keyof typeof BOUNDS];
      if (value !== undefined) bounds.push({ type, fieldPath: fields[equal.length] ?? "", value });
    }
    const range = compileRange(`${tableName}.${indexName}`, index.fields, bounds);
    return { table, range: { index: index.id, ...range, descending: options.order === "desc" } };
  }

  #collect(table: TableInfo, range: ScanRange, limit: number | undefined): SystemDocument[] {
    const operators: Operator[] = limit === undefined ? [] : [{ kind: "limit", count: limit }];
    const stream = this.#tx.streamRange(table, range, operators);
    const documents: SystemDocument[] = [];
    for (let row = stream.next(); row !== null; row = stream.next()) {
      documents.push(row.document.fields() as SystemDocument);
    }
    return documents;
  }

  #existing(tableName: string, id: string): { table: TableInfo; document: StoredDocument } {
    const table = this.#table(tableName);
    const document = this.#tx.readDocument(table, id);
    if (document === null) throw new Error(`${tableName} has no document ${id}`);
    return { table, document };
  }

  #table(name: string): TableInfo {
    const table = this.#tx.catalog.table(name);
    if (table?.system !== true) throw new Error(`${name} is not a system table`);
    return table;
  }
}

function toSystemDocument(document: StoredDocument | null): SystemDocument | null {
  return document === null ? null : (document.fields() as SystemDocument);
}

function defined(fields: Fields): { [field: string]: JSONValue } {
  const kept: { [field: string]: JSONValue } = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept;
}
