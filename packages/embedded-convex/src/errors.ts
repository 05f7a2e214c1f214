/**
 * The failures that cross rooms. `code` is stable and goes on the wire; people
 * read `message`. What user code may catch is a `DeveloperError`; everything
 * else is for the engine's edges.
 */
import type { JSONValue } from "convex/values";

/** Shown to clients; user code may catch it. `data` is an encoded ConvexError payload. */
export class DeveloperError extends Error {
  override readonly name: string = "DeveloperError";
  readonly code: string;
  readonly data?: JSONValue;

  constructor(message: string, code = "BadRequest", data?: JSONValue) {
    super(message);
    this.code = code;
    if (data !== undefined) this.data = data;
  }
}

/** What a conflicting commit wrote; `table` and `documentId` are null where unknown. */
export interface Conflict {
  readonly table: string | null;
  readonly documentId: string | null;
  /** Function path that wrote it. */
  readonly source: string | null;
  readonly committedAt: bigint;
}

/**
 * Something this transaction read has changed. Nothing was written. Run the
 * whole function again on a fresh snapshot; do not retry the commit alone.
 */
export class ConflictError extends Error {
  override readonly name = "ConflictError";
  readonly code = "OptimisticConcurrencyControlFailure";
  readonly conflict: Conflict;

  constructor(conflict: Conflict) {
    super(
      `${conflict.table ?? "some table"} changed at ${conflict.committedAt}, after this transaction read it`,
    );
    this.conflict = conflict;
  }
}

/** The retries after conflicts are used up (HTTP 503, WebSocket close 1013). */
export class OccError extends Error {
  override readonly name = "OccError";
  readonly code = "OptimisticConcurrencyControlFailure";
}

/** Too much is waiting or running (HTTP 429 or 503); the caller may try again later. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The snapshot asked for is older than what the engine still keeps (HTTP 503). */
export class OutOfRetentionError extends Error {
  override readonly name = "OutOfRetentionError";
  readonly code = "OutOfRetention";

  constructor() {
    super("The snapshot timestamp is too old: its versions are no longer kept.");
  }
}

/** A push from the CLI that cannot be accepted (HTTP 400). */
export class PushError extends Error {
  override readonly name = "PushError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Credentials that are missing, wrong or not enough. `status` is the HTTP status. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export type StoreErrorCode =
  /** A write or read failed, or the store is closed. */
  | "StoreFailure"
  | "DataInUse"
  /** What is on disk cannot be trusted. */
  | "DataDamaged"
  | "DataFromOtherVersion"
  | "NoData"
  /** A restore into this directory was cut short. */
  | "RestoreUnfinished"
  | "BackupDamaged"
  | "TargetNotEmpty";

/** The store cannot be used. The engine stops: nothing unwritten or damaged may be shown. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(message: string, code: StoreErrorCode = "StoreFailure") {
    super(message);
    this.code = code;
  }
}
