/**
 * What other rooms see of the database. No code; see ARCHITECTURE.md for how a
 * commit travels and how snapshots are read.
 */
import type { JSONValue } from "convex/values";
import type { Clock, Commit, Logger, ReadSet, Timestamp } from "../rooms.ts";
import type { VectorHit } from "../search/messages.ts";
import type { CatalogView } from "./catalog.ts";
import type { SearchShape } from "./search-definitions.ts";

export interface DatabaseOptions {
  /** Directory of the data; created when missing. */
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: (bytes: number) => Uint8Array;
  /** Called once when a write failed: nothing more will be committed, the process should end. */
  readonly onFailure?: (error: Error) => void;
}

export interface CommitOptions {
  /** Function path that causes the commit, for conflict messages; null for the engine itself. */
  readonly source: string | null;
  /** Take a timestamp of its own even when nothing was written. */
  readonly forceCommit?: boolean;
}

export interface BeginOptions {
  readonly at?: Timestamp;
  readonly durable?: boolean;
  readonly unlimited?: boolean;
}

export interface CommitReceipt {
  /** Begin timestamp when nothing was written. */
  readonly ts: Timestamp;
  /** Resolves once everything this transaction read and wrote is on disk. */
  readonly durable: Promise<void>;
}

export interface Database {
  /** Newest commit that is synced to disk: what queries and subscriptions read. */
  readonly durableTs: Timestamp;
  /** Newest commit: where mutations begin. */
  readonly latestTs: Timestamp;
  /** Tables, indexes and schema as of `latestTs`. */
  readonly catalog: CatalogView;
  /**
   * Opens a snapshot: `at` for that timestamp (throws OutOfRetentionError), `durable`
   * for durableTs, otherwise latestTs. End it with `commit` or `tx.close()`. `unlimited`
   * is for the engine's own work: the limits of an execution do not hold.
   */
  begin(options?: BeginOptions): Transaction;
  /** Checks, orders and queues the writes, synchronously; throws ConflictError. Ends `tx`. */
  commit(tx: Transaction, options: CommitOptions): CommitReceipt;
  /** Commits that became durable, in order, after `durableTs` moved. Returns the way to stop. */
  onDurable(listener: (commits: readonly Commit[]) => void): () => void;
  /** Resolves once `durableTs >= ts`. */
  whenDurable(ts: Timestamp): Promise<void>;
  /**
   * Takes a pushed schema (parsed `schema.export()`, null without schema.ts): checks its
   * definition (throws PushError), builds new indexes and validates existing documents in
   * the background. Activate the result with `tx.activateSchema(push)`.
   */
  prepareSchema(schema: JSONValue | null): SchemaPush;
  /** What `prepareSchema` would change, without doing anything. Throws PushError alike. */
  diffSchema(schema: JSONValue | null): IndexDiff;
  /**
   * `query` is that of `1.0/actions/vectorSearch`. Best first, of what is durable now;
   * part of no transaction. Rejects with DeveloperError for what the developer did wrong.
   */
  vectorSearch(query: JSONValue | undefined): Promise<readonly VectorHit[]>;
  /** Waits for queued commits, then lets go of the directory. Safe to repeat. */
  close(): Promise<void>;
}

/** What tells one index from another of the same name. */
export type IndexShape =
  /** `_creationTime` included. */
  { readonly kind: "database"; readonly fields: readonly string[] } | SearchShape;

export interface IndexDescription {
  readonly table: string;
  readonly name: string;
  readonly shape: IndexShape;
  readonly staged: boolean;
}

export interface IndexDiff {
  readonly added: readonly IndexDescription[];
  readonly removed: readonly IndexDescription[];
  /** Staged until now. */
  readonly enabled: readonly IndexDescription[];
  /** Staged from now on. */
  readonly disabled: readonly IndexDescription[];
}

export type SchemaPushState =
  | {
      readonly kind: "inProgress";
      readonly validated: boolean;
      readonly indexesComplete: number;
      readonly indexesTotal: number;
    }
  | { readonly kind: "complete" }
  | { readonly kind: "failed"; readonly error: string; readonly tableName: string | null }
  | { readonly kind: "raceDetected" };

/** A pushed schema on its way to becoming the active one. At most one at a time: a newer one overtakes it. */
export interface SchemaPush {
  readonly id: string;
  readonly schema: JSONValue | null;
  readonly diff: IndexDiff;
  state(): SchemaPushState;
  /** Resolves with the state once it is final, or as it is after `timeoutMs`. */
  wait(timeoutMs: number): Promise<SchemaPushState>;
  cancel(): void;
}

/** A stream of documents (JSON text). */
export interface DocumentCursor {
  /** To be awaited before the first `next`; null when there is nothing to wait for. */
  ready(): Promise<void> | null;
  /** The next document that passes the query, null at the end. */
  next(): string | null;
  /** The same, but undefined after `rows` rows that a filter rejected: ask again later. */
  nextWithin(rows: number): string | null | undefined;
  close(): void;
}

/** Arguments of `1.0/queryPage`. */
export interface PageRequest {
  readonly query: JSONValue;
  readonly cursor: string | null;
  readonly endCursor: string | null;
  readonly pageSize: number;
  readonly maximumRowsRead?: number | null;
  readonly maximumBytesRead?: number | null;
}

export interface Page {
  readonly page: string[];
  readonly isDone: boolean;
  readonly continueCursor: string;
  readonly splitCursor: string | null;
  readonly pageStatus: null | "SplitRecommended" | "SplitRequired";
  /** For the journal; the same as continueCursor. */
  readonly endCursorForJournal: string;
}

/** A system document as the engine's rooms see it: JSON with `_id` and `_creationTime`. */
export interface SystemDocument {
  readonly _id: string;
  readonly _creationTime: number;
  readonly [field: string]: JSONValue;
}

export interface SystemQueryOptions {
  readonly order?: "asc" | "desc";
  readonly limit?: number;
  /** Bounds on the field after the ones given with equality. */
  readonly gte?: JSONValue;
  readonly gt?: JSONValue;
  readonly lte?: JSONValue;
  readonly lt?: JSONValue;
}

/** Documents of system tables. Reads are recorded, nothing counts against user limits. */
export interface SystemTables {
  get(table: string, id: string): SystemDocument | null;
  /** Rows whose first index fields equal `equal`, in index order. */
  query(
    table: string,
    index: string,
    equal?: readonly JSONValue[],
    options?: SystemQueryOptions,
  ): SystemDocument[];
  insert(table: string, fields: { readonly [field: string]: JSONValue | undefined }): string;
  /** Undefined removes a field. Throws when the document is missing. */
  patch(
    table: string,
    id: string,
    fields: { readonly [field: string]: JSONValue | undefined },
  ): void;
  replace(
    table: string,
    id: string,
    fields: { readonly [field: string]: JSONValue | undefined },
  ): void;
  remove(table: string, id: string): void;
  /** Raises the deployment's version (with `code`, its codeVersion too): running mutations conflict, every subscription re-runs. */
  bumpDeployment(change?: { readonly code?: boolean; readonly activatedAtMs?: number }): void;
}

export interface Metric {
  readonly used: number;
  readonly remaining: number;
}

export type MetricName =
  | "bytesRead"
  | "bytesWritten"
  | "databaseQueries"
  | "documentsRead"
  | "documentsWritten"
  | "functionsScheduled"
  | "scheduledFunctionArgsBytes";

/** What an execution used of its limits (contract 5.2). */
export interface TransactionUsage {
  metrics(): Record<MetricName, Metric>;
  /** Counts one scheduled function; throws a DeveloperError at the limit. */
  recordScheduled(argsBytes: number): void;
  /** A budget on top of what is used, clamped by what holds already. Returns the way to restore. */
  narrow(limits: Partial<Record<MetricName, number>>): () => void;
  /** One line per limit that is more than 80 % used. */
  warnings(): string[];
}

export interface Savepoint {
  readonly writes: number;
}

/** Synchronous; every read is recorded. Developer mistakes throw DeveloperError. */
export interface Transaction {
  readonly beginTs: Timestamp;
  readonly usage: TransactionUsage;
  readonly system: SystemTables;
  readonly hasWrites: boolean;
  /** Everything read until now. */
  snapshotReads(): ReadSet;
  /** JSON text of the document with its system fields, or null. */
  get(id: string, options?: { readonly table?: string; readonly system?: boolean }): string | null;
  /** `query` is the `Query` JSON of contract 3.6. */
  openQuery(query: JSONValue, options?: { readonly system?: boolean }): DocumentCursor;
  /** Without cursor in `request`, `journalEndCursor` fixes the end of the page. */
  queryPage(
    request: PageRequest,
    journalEndCursor: string | null,
    options?: { readonly system?: boolean },
  ): Page;
  /** The same, pausing after every few hundred rows, so that a long page can be read in slices. */
  queryPageInSteps(
    request: PageRequest,
    journalEndCursor: string | null,
    options?: { readonly system?: boolean },
  ): Generator<void, Page>;
  /** A page of a full-text query; null for every other query. */
  searchPage(request: PageRequest, journalEndCursor: string | null): Promise<Page> | null;
  count(table: string): number;
  /** Returns the new id. */
  insert(table: string, value: JSONValue): string;
  /** Shallow merge; `{"$undefined":null}` removes a field. Returns the new document's JSON text. */
  patch(id: string, value: JSONValue, table?: string): string;
  replace(id: string, value: JSONValue, table?: string): string;
  /** Returns the removed document's JSON text. */
  remove(id: string, table?: string): string;
  normalizeId(table: string, idString: string): string | null;
  /** Nested mutations: writes after the savepoint can be undone, reads stay. */
  savepoint(): Savepoint;
  rollbackTo(savepoint: Savepoint): void;
  /** A reader of the same snapshot that sees none of the writes and records nothing here. */
  staleView(): Transaction;
  /** Records that the execution depends on the deployed version. */
  touchDeployment(): void;
  /** Makes a prepared schema the active one when this transaction commits. */
  activateSchema(push: SchemaPush): void;
  /** The table's number; creates the table when there is none. */
  ensureTable(name: string): number;
  /** The table a number belongs to, null if unknown: the context `checkValue` wants. */
  tableName(tableNumber: number): string | null;
  /** Ends a transaction that will not be committed. Safe to repeat. */
  close(): void;
}
