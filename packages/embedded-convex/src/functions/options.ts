/**
 * What the functions room needs from the others, given once at the start by
 * `server.ts`. Types only.
 */
import type { Database, Transaction } from "../database/types.ts";
import type {
  Clock,
  ExecutionRecord,
  FunctionRunner,
  JobRunner,
  Logger,
  PushAnalyzer,
  SchedulerDoor,
} from "../rooms.ts";

export interface StoredFileMetadata {
  /** The UUID used in URLs. */
  readonly storageId: string;
  /** Hex. */
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string | null;
}

/** What whoever stores a file says of it. */
export interface FileAbout {
  readonly contentType: string | null;
  /** Base64: the bytes must have this digest. */
  readonly sha256?: string | undefined;
}

/**
 * `ctx.storage`. Every id is either a `_storage` document id or a UUID, and names a file
 * of the component: the transaction's, or the one whose path is given ("" is the app).
 */
export interface FileStorageDoor {
  generateUploadUrl(component: string): string;
  getUrl(tx: Transaction, storageId: string): string | null;
  getMetadata(tx: Transaction, storageId: string): StoredFileMetadata | null;
  /** Throws DeveloperError `storage id X not found`. */
  delete(tx: Transaction, storageId: string): void;
  /** Bytes durable, row inserted in a transaction of its own; the new document id. */
  store(component: string, bytes: Uint8Array, about: FileAbout): Promise<string>;
  read(
    component: string,
    storageId: string,
  ): Promise<{ bytes: Uint8Array; contentType: string | null } | null>;
}

export interface FunctionRunnerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: (bytes: number) => Uint8Array;
  /** Seen by functions as CONVEX_CLOUD_URL and CONVEX_SITE_URL. */
  readonly origins: { readonly cloudUrl: string; readonly siteUrl: string };
  readonly storage: FileStorageDoor;
  readonly scheduler: SchedulerDoor<Transaction>;
  readonly onExecution: (record: ExecutionRecord) => void;
  /** Folder whose node_modules "use node" modules import external packages from. */
  readonly projectRoot?: string;
  /** For `getDeploymentMetadata`; default "embedded". */
  readonly deploymentName?: string;
}

/** Counted since the start; `waiting` is now. */
export interface MutationStats {
  /** Runs again after a conflict. */
  readonly retries: number;
  /** Mutations that met a conflict at every attempt. */
  readonly givenUp: number;
  /** Repeated requests answered from their record. */
  readonly replays: number;
  /** Mutations waiting for their turn. */
  readonly waiting: number;
}

export interface FunctionStats {
  readonly mutations: MutationStats;
  /** Now. */
  readonly actions: {
    readonly running: number;
    /** Given to a worker that has not begun with them. */
    readonly waiting: number;
    readonly workers: number;
  };
}

export interface FunctionsRoom extends FunctionRunner, PushAnalyzer, JobRunner<Transaction> {
  stats(): FunctionStats;
  /**
   * Loads what is active as of the latest commit (contexts, workers) so that the next
   * execution does not wait for it; after an activation it happens by itself. Never
   * rejects; safe to repeat.
   */
  prepare(): Promise<void>;
  /** Ends workers; running actions fail. Safe to repeat. */
  close(): Promise<void>;
}
