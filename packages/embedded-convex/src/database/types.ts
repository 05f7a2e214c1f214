/**
 * What other rooms see of the database. No code; see ARCHITECTURE.md for how a
 * commit travels and how snapshots are read.
 */
import type { JSONValue } from "convex/values";
import type { Histogram } from "../histogram.ts";
import type { Clock, Commit, Logger, ReadSet, Timestamp } from "../rooms.ts";
import type { VectorHit } from "../search/messages.ts";
import type { StartCheckMode } from "../store/start-check.ts";
import type { CatalogView, TableInfo } from "./catalog.ts";
import type { SearchShape } from "./search-definitions.ts";

export interface DatabaseOptions {
  /** Directory of the data; created when missing. */
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: (bytes: number) => Uint8Array;
  /** How the pages are checked at the start; default `auto`. */
  readonly check?: StartCheckMode;
  /**
   * Called once when a write failed or the data turned out to be damaged: nothing more
   * will be committed or can be trusted, the process should end.
   */
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
   * Takes pushed schemas: checks their definitions (throws PushError), builds new indexes
   * and validates existing documents in the background. Activate the result with
   * `tx.activateSchema(push)`.
   */
  prepareSchema(schemas: PushedSchemas): SchemaPush;
  /** What `prepareSchema` would change, without doing anything. Throws PushError alike. */
  diffSchema(schemas: PushedSchemas): IndexDiffs;
  /**
   * Searches a component's tables; `query` is that of `1.0/actions/vectorSearch`. Best
   * first, of what is durable now; part of no transaction. Rejects with DeveloperError for
   * what the developer did wrong.
   */
  vectorSearch(component: string, query: JSONValue | undefined): Promise<readonly VectorHit[]>;
  /** Proves that a text comes from this deployment: the same for the same text, and nobody else can make it. */
  seal(text: string): string;
  /** What whoever operates the deployment wants to know. */
  stats(): DatabaseStats;
  /** Waits for queued commits, then lets go of the directory. Safe to repeat. */
  close(): Promise<void>;
}

/** Counted since the database was opened, unless it says otherwise. */
export interface DatabaseStats {
  readonly commits: number;
  /** Syncs that made the commits durable. */
  readonly batches: number;
  /** Commits refused because something they read had changed. */
  readonly conflicts: number;
  /** Commits that are not durable yet, now. */
  readonly queuedCommits: number;
  /** Versions of index keys kept in memory, now. */
  readonly recentVersions: number;
  /** Timestamps that open transactions read at, now. */
  readonly openSnapshots: number;
  /** Now, by kind of table. */
  readonly documents: { readonly user: number; readonly system: number };
  /** Seconds SQLite took to commit a batch, its sync included. */
  readonly commitSeconds: Histogram;
  /** Bytes on disk, now. */
  readonly size: {
    readonly database: number;
    readonly free: number;
    readonly log: number;
  };
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

/** By component path: parsed `schema.export()`, null without schema.ts. A component that is not named keeps its own. */
export type PushedSchemas = ReadonlyMap<string, JSONValue | null>;
/** By component path. */
export type IndexDiffs = ReadonlyMap<string, IndexDiff>;

export interface SchemaProgress {
  readonly validated: boolean;
  readonly indexesComplete: number;
  readonly indexesTotal: number;
}

export type SchemaPushState =
  /** By component path. */
  | { readonly kind: "inProgress"; readonly components: ReadonlyMap<string, SchemaProgress> }
  | { readonly kind: "complete" }
  | {
      readonly kind: "failed";
      readonly error: string;
      readonly component: string;
      readonly tableName: string | null;
    }
  | { readonly kind: "raceDetected" };

/** Pushed schemas on their way to becoming the active ones. At most one push at a time: a newer one overtakes it. */
export interface SchemaPush {
  readonly id: string;
  readonly schemas: PushedSchemas;
  readonly diffs: IndexDiffs;
  state(): SchemaPushState;
  /** Resolves with the state once it is final, or as it is after `timeoutMs`. */
  wait(timeoutMs: number): Promise<SchemaPushState>;
  cancel(): void;
}

/** A stream of documents (JSON text). */
export interface DocumentCursor {
  /** False for a full-text query until it is prepared. */
  readonly isReady: boolean;
  /** To be awaited before the first `next` of a cursor that is not ready. */
  prepare(): Promise<void>;
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
  /** Reads the same without looking, for a caller who knows that there are no such rows. */
  assumeNone(table: string, index: string, equal: readonly JSONValue[]): void;
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
  /** Path of the component it is seen from: what names and ids mean. "" is the app. */
  readonly component: string;
  /** The same transaction seen from another component. */
  within(component: string): Transaction;
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
  /** A page of a full-text query. */
  searchPage(request: PageRequest, journalEndCursor: string | null): Promise<Page>;
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
  /** Creates the table when there is none. */
  ensureTable(name: string): TableInfo;
  /** Creates the tables of the engine that every component has of its own, where they are missing. */
  ensureSystemTables(): void;
  /** The table a number belongs to, null if unknown: the context `checkValue` wants. */
  tableName(tableNumber: number): string | null;
  /** Ends a transaction that will not be committed. Safe to repeat. */
  close(): void;
}
