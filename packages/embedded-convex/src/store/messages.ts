/** What travels between the main thread and the writer thread. */
import type { IndexKey, SearchIndexSpec, Timestamp } from "../rooms.ts";

/** A document as the store knows it. `json` is the whole text, system fields included. */
export interface DocumentRow {
  readonly serial: number;
  readonly table: number;
  readonly id: string;
  /** Convex size of the value in bytes, for limits. */
  readonly size: number;
  readonly json: string;
}

/** Documents that one full-text or vector index may hold otherwise after a commit. */
export interface SearchedDocuments {
  readonly spec: SearchIndexSpec;
  readonly serials: readonly number[];
}

/** Keeps other tables in step with the documents, within the same SQLite transaction. */
export interface SearchRows {
  beforeWrites(searched: readonly SearchedDocuments[]): void;
  afterWrites(searched: readonly SearchedDocuments[]): void;
}

/** One commit's changes. Rows are removed before rows are put. */
export interface CommitRows {
  readonly ts: Timestamp;
  readonly puts: readonly DocumentRow[];
  readonly removes: readonly number[];
  readonly removedRows: readonly { readonly index: number; readonly key: IndexKey }[];
  readonly putRows: readonly {
    readonly index: number;
    readonly key: IndexKey;
    readonly serial: number;
  }[];
  /** Absent when no table with a full-text or vector index was written. */
  readonly searched?: readonly SearchedDocuments[];
  /** Table number and how many documents more (or fewer). */
  readonly counts: readonly (readonly [number, number])[];
  /** Every serial handed out until this commit is smaller. */
  readonly nextSerial: number;
}

export interface Batch {
  readonly commits: readonly CommitRows[];
}

/** A batch as it travels; see packed-batch.ts. */
export interface PackedBatch {
  readonly kind: "batch";
  readonly timestamps: readonly bigint[];
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
  /** With the commit's place in the batch; absent when there are none. */
  readonly searched?: readonly (readonly [number, readonly SearchedDocuments[]])[];
}

export type ToWriter =
  | PackedBatch
  | { readonly kind: "close" }
  /** Work in slices between batches; `task` is for the thread's own code. */
  | { readonly kind: "task"; readonly id: number; readonly task: unknown }
  | { readonly kind: "cancelTask"; readonly id: number };

export type FromWriter =
  | { readonly kind: "ready" }
  /** `commitMs`: how long SQLite took to commit the batch, its sync included. */
  | { readonly kind: "written"; readonly commitMs: number }
  | { readonly kind: "failed"; readonly message: string }
  /** Nothing is lost, but the log cannot be moved into the database. */
  | { readonly kind: "checkpointFailed"; readonly message: string }
  | { readonly kind: "taskReport"; readonly id: number; readonly report: unknown }
  | { readonly kind: "closed" };
