/**
 * The types that cross a wall between rooms. No code: each room implements what
 * it owns, `server.ts` puts them together. See ARCHITECTURE.md for the picture.
 */
import type { JSONValue } from "convex/values";

/** Nanoseconds since the epoch, unique per commit, strictly increasing. */
export type Timestamp = bigint;

/** Order-preserving key as a binary string, one char per byte: `<` is byte order. */
export type IndexKey = string;

/** Half-open interval of index keys; `end` null means to the end of the index. */
export interface KeyInterval {
  readonly start: IndexKey;
  readonly end: IndexKey | null;
}

/** Which index intervals an execution consumed: decides conflicts and re-runs. */
export interface ReadSet {
  /** Sorted, disjoint intervals per index id. */
  readonly intervals: ReadonlyMap<number, readonly KeyInterval[]>;
  /** Absent when nothing was searched. */
  readonly searches?: readonly SearchPredicate[];
}

interface SearchIndexBase {
  /** Permanent and never used again. */
  readonly id: number;
  readonly filterFields: readonly string[];
}

export interface TextIndexSpec extends SearchIndexBase {
  readonly kind: "search";
  readonly searchField: string;
}

export interface VectorIndexSpec extends SearchIndexBase {
  readonly kind: "vector";
  readonly vectorField: string;
  readonly dimensions: number;
}

/** What a full-text or vector index holds of a document. */
export type SearchIndexSpec = TextIndexSpec | VectorIndexSpec;

/** The documents a full-text search depends on: those that pass the filters and hold one of the terms. */
export interface SearchPredicate {
  readonly indexId: number;
  readonly terms: readonly string[];
  /** Terms that begin with it count too; null when nothing may be a prefix. */
  readonly prefix: string | null;
  /** All must hold: the key at a position among the index's filter fields. */
  readonly filters: readonly { readonly position: number; readonly key: string }[];
}

/** A document version as one full-text index sees it. */
export interface SearchedText {
  /** How often each term occurs. */
  readonly terms: ReadonlyMap<string, number>;
  /** Keys of the values of the index's filter fields, in their order. */
  readonly filters: readonly string[];
}

/** A version that a commit added to a full-text index or took out of it. */
export interface SearchWrite {
  readonly indexId: number;
  readonly text: SearchedText;
  /** Position among the commit's documents. */
  readonly document: number;
}

/** One index row that a commit added or removed (old and new keys both appear). */
export interface IndexWrite {
  readonly indexId: number;
  readonly key: IndexKey;
}

export interface Commit {
  readonly ts: Timestamp;
  readonly indexWrites: readonly IndexWrite[];
  /** Absent when no table with a full-text index was written. */
  readonly searchWrites?: readonly SearchWrite[];
  /** Ids of the documents written, with their table's name. */
  readonly documents: readonly { readonly id: string; readonly table: string }[];
  /** Function path that caused it, for conflict messages; null for the engine itself. */
  readonly source: string | null;
}

export interface Clock {
  nowMs(): number;
  /** Nanoseconds since the epoch. */
  nowNs(): bigint;
  /** Runs the callback once; returns the way to cancel. Accepts delays beyond 2^31 ms. */
  after(ms: number, callback: () => void): () => void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";
/** Structured log; only edges (request, socket, job loop) call it. */
export type Logger = (level: LogLevel, event: string, fields?: Record<string, unknown>) => void;

// ---------------------------------------------------------------- identity

export interface UserAttributes {
  readonly tokenIdentifier: string;
  readonly issuer: string;
  readonly subject: string;
  readonly [claim: string]: JSONValue;
}

export type Identity =
  | { readonly kind: "none" }
  | {
      readonly kind: "user";
      readonly attributes: UserAttributes;
      readonly expiresAtMs: number;
      readonly token: string;
    }
  | { readonly kind: "admin"; readonly actingAs: UserAttributes | null }
  /** HTTP actions only: a token that did not verify; reading the identity throws `error`. */
  | { readonly kind: "unknown"; readonly error: string };

// ---------------------------------------------------------------- functions

export type UdfType = "Query" | "Mutation" | "Action" | "HttpAction";

/** `path` is canonical without `.js`: `dir/module:function`. Component "" is the app. */
export interface FunctionAddress {
  readonly component: string;
  readonly path: string;
}

/** A developer error as the client shall see it, before the request id is put in front. */
export interface FunctionFailure {
  /** e.g. "Uncaught Error: boom\n    at handler (../convex/x.ts:3:8)\n"; never redacted here. */
  readonly text: string;
  /** Encoded ConvexError payload; the key is absent for every other error (null is a legal payload). */
  readonly data?: JSONValue;
}

export interface RequestContext {
  readonly requestId: string;
  readonly identity: Identity;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** The `_scheduled_functions` id this execution (or what called it) runs for; absent otherwise. */
  readonly scheduledFunctionId?: string;
  /** Path of the component that scheduled it; absent: the app. */
  readonly scheduledFunctionHome?: string;
}

export interface QueryOutcome {
  readonly result:
    | { readonly ok: true; readonly json: string }
    | { readonly ok: false; readonly failure: FunctionFailure };
  /** "[LOG] 'x'" form. */
  readonly logLines: readonly string[];
  readonly readSet: ReadSet;
  readonly ts: Timestamp;
  readonly journal: string | null;
  readonly observedIdentity: boolean;
  readonly observedTime: boolean;
}

export type MutationOutcome =
  | {
      readonly ok: true;
      readonly json: string;
      readonly ts: Timestamp;
      readonly logLines: readonly string[];
    }
  | { readonly ok: false; readonly failure: FunctionFailure; readonly logLines: readonly string[] };

export type ActionOutcome =
  | { readonly ok: true; readonly json: string; readonly logLines: readonly string[] }
  | { readonly ok: false; readonly failure: FunctionFailure; readonly logLines: readonly string[] };

/** Who may be called: clients reach public functions only, admins and the scheduler all. */
export type AllowedVisibility = "public" | "all";

export interface FunctionCall {
  readonly address: FunctionAddress;
  /** Positional array of convex-encoded JSON, as on the wire. */
  readonly args: readonly JSONValue[];
  readonly request: RequestContext;
  readonly allowed: AllowedVisibility;
}

export interface HttpActionRequest {
  readonly method: string;
  /** Absolute, without the `/http` prefix. */
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: AsyncIterable<Uint8Array> | null;
  readonly request: RequestContext;
  readonly signal: AbortSignal;
}

export interface HttpActionResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: AsyncIterable<Uint8Array> | Uint8Array | null;
}

/**
 * Runs functions of the active deployment version. Expected failures come back as
 * outcomes; a rejection is a system error (OccError, OverloadedError, ...), see errors.ts.
 */
export interface QueryOptions {
  /** Defaults to the database's durable timestamp. */
  readonly at?: Timestamp;
  readonly journal?: string | null;
  /** How many wait for the result, 1 when it is not said: what many wait for is handed out at once. */
  readonly waiting?: number;
}

export interface FunctionRunner {
  query(call: FunctionCall, options?: QueryOptions): Promise<QueryOutcome>;
  /**
   * Runs, retries on conflict, commits; resolves once durable. With `session` the
   * result is recorded in the same transaction and a repeat returns the record
   * (original ts) without running.
   */
  mutation(
    call: FunctionCall,
    session?: { readonly sessionId: string; readonly requestId: number },
  ): Promise<MutationOutcome>;
  /** Aborted, it is cut off and fails at once. Without, it goes on when its caller has gone. */
  action(call: FunctionCall, signal?: AbortSignal): Promise<ActionOutcome>;
  /** Finds the type first; for `/api/function` and `convex run`. */
  any(call: FunctionCall): Promise<MutationOutcome | ActionOutcome>;
  httpAction(request: HttpActionRequest): Promise<HttpActionResponse>;
  /** What the active version (latest commit) has at this address; null when nothing callable. */
  lookup(address: FunctionAddress): Promise<AnalyzedFunction | null>;
}

// ---------------------------------------------------------------- scheduled work
// `Tx` is the database's Transaction: these doors are opened inside somebody else's.

/**
 * For `ctx.scheduler`, in the component that the transaction is seen from: its jobs are its
 * own. The caller has checked that the function exists and counted it against the limits.
 */
export interface SchedulerDoor<Tx> {
  /**
   * Writes a pending job in the caller's transaction and returns its id. Throws
   * DeveloperError when `tsSeconds` is more than 5 years away. When the caller itself
   * runs for a canceled job, the new job is born canceled.
   */
  schedule(
    tx: Tx,
    job: {
      readonly address: FunctionAddress;
      /** Positional array. */
      readonly args: readonly JSONValue[];
      readonly tsSeconds: number;
      readonly request: RequestContext;
    },
  ): string;
  /** Throws DeveloperError for an id of another table and for a mutation's own id. */
  cancel(tx: Tx, id: string, request: RequestContext): void;
}

/** Called on every attempt's fresh transaction. */
export interface JobHooks<Tx> {
  /** Before the function; false: the job is gone or canceled, run nothing, commit nothing. */
  begin(tx: Tx): boolean;
  /** After it succeeded and its result was validated: commits with the function's own writes. */
  succeed(tx: Tx): void;
}

/** The runner's entry for exactly-once jobs. */
export interface JobRunner<Tx> {
  /**
   * One attempt: begin a transaction, `hooks.begin`, the mutation in it, `hooks.succeed`,
   * commit, wait until durable. A conflict rejects with ConflictError without a retry:
   * the scheduler decides when to try again. A failure of the function writes nothing.
   */
  job(call: FunctionCall, hooks: JobHooks<Tx>): Promise<MutationOutcome | "skipped">;
}

/** One finished (or, for actions, progressing) execution, for `convex logs`. */
export interface ExecutionRecord {
  readonly kind: "Completion" | "Progress";
  readonly udfType: UdfType;
  readonly identifier: string;
  readonly componentPath: string;
  readonly requestId: string;
  /** Seconds since the epoch, float. */
  readonly timestamp: number;
  /** Seconds. */
  readonly executionTime: number;
  readonly logLines: readonly string[];
  readonly error: string | null;
  readonly cachedResult: boolean;
  readonly caller: string;
}

// ---------------------------------------------------------------- pushed code

/** A module as the CLI bundles it. `path` ends in `.js`, relative to the functions folder. */
export interface PushedModule {
  readonly path: string;
  readonly source: string;
  readonly sourceMap: string | null;
  readonly environment: "isolate" | "node";
}

export interface AnalyzedFunction {
  readonly name: string;
  readonly udfType: "Query" | "Mutation" | "Action";
  readonly visibility: { readonly kind: "public" } | { readonly kind: "internal" } | null;
  /** Validator JSON text, as exportArgs() gives it. */
  readonly args: string | null;
  readonly returns: string | null;
  readonly pos: null;
}

export interface AnalyzedModule {
  readonly functions: readonly AnalyzedFunction[];
  readonly httpRoutes:
    | readonly {
        readonly route: { readonly path: string; readonly method: string };
        readonly pos: null;
      }[]
    | null;
  /** crons.js: the parsed export() text. */
  readonly cronSpecs: JSONValue | null;
}

/** A component definition as the CLI bundles it: the code of every component made from it. */
export interface PushedComponent {
  /** Its folder as seen from the functions folder, in the POSIX way. */
  readonly path: string;
  /** convex.config.js */
  readonly definition: PushedModule;
  /** Paths of the definitions it mounts. */
  readonly dependencies: readonly string[];
  readonly schema: PushedModule | null;
  readonly modules: readonly PushedModule[];
}

export interface AnalyzedComponent {
  readonly modules: ReadonlyMap<string, AnalyzedModule>;
  /** Parsed `schema.export()`; null without schema.ts. */
  readonly schema: JSONValue | null;
  /** Parsed `definition.export()`. */
  readonly definition: JSONValue;
}

/** What evaluating a push at import time found out. Throws PushError (code, message) when it cannot. */
export interface PushAnalyzer {
  analyze(push: {
    readonly modules: readonly PushedModule[];
    readonly schema: PushedModule | null;
    /** The app definition (convex.config.js), always sent by the CLI. */
    readonly definition: PushedModule;
    /** Paths of the definitions the app mounts. */
    readonly dependencies: readonly string[];
    readonly environmentVariables: Readonly<Record<string, string>>;
    readonly components: readonly PushedComponent[];
  }): Promise<
    AnalyzedComponent & {
      /** Parsed default export `{providers}` of auth.config; null without. */
      readonly authConfig: JSONValue | null;
      /** By path of the definition. */
      readonly components: ReadonlyMap<string, AnalyzedComponent>;
    }
  >;
  /**
   * `auth.config.js` alone, under other environment variables (`env set` evaluates it
   * again). `modules` holds it and the chunks. Same result and errors as in `analyze`.
   */
  authConfig(
    modules: readonly PushedModule[],
    environmentVariables: Readonly<Record<string, string>>,
  ): Promise<JSONValue | null>;
}

// ---------------------------------------------------------------- what activation stores
// Documents of system tables; deploy/ writes them, functions/ and auth/ read them.

/** `_modules`: one row per module of the active version, chunks and auth.config.js included. */
export interface StoredModule extends PushedModule {
  /** Path of the definition it belongs to: all components made from one share its modules. "" is the app. */
  readonly component: string;
  /** Hex SHA-256 over source, then source map: an unchanged module keeps its row. */
  readonly sha256: string;
  /** Null for chunks (`_deps/`) and auth.config.js. */
  readonly analysis: AnalyzedModule | null;
}

/**
 * `_deployment`: one row, read by every execution. `version` counts up with every
 * activation and every change of environment variables; `codeVersion` only when the
 * modules changed, so what was loaded for it stays good.
 */
export interface DeploymentRow {
  readonly version: number;
  readonly codeVersion: number;
  readonly activatedAtMs: number;
}

/** Where a component's environment variable comes from: the app's environment, or its mount. */
export type EnvBinding =
  | { readonly type: "value"; readonly value: string }
  | { readonly type: "envVar"; readonly name: string };

/**
 * `_components`: the app (path "") and every component that is mounted or once was. Its
 * data stays when it is unmounted, and is there when it is mounted again.
 */
export interface ComponentRow {
  /** Names of it and its parents, joined by "/". */
  readonly path: string;
  readonly name: string;
  /** Path of its definition, as the CLI names it. */
  readonly definition: string;
  readonly state: "active" | "unmounted";
  readonly args: Readonly<Record<string, JSONValue>>;
  readonly env: Readonly<Record<string, EnvBinding>>;
  /** Where its HTTP routes are reached, null where they are not; of the app, what they stand behind. */
  readonly httpPrefix: string | null;
  /** Child by mount path. */
  readonly httpMounts: Readonly<Record<string, string>>;
}

/** `_auth_config`: one row `{providers}`, checked and completed (issuers have a scheme). */
export type AuthProvider =
  | { readonly domain: string; readonly applicationID: string }
  | {
      readonly type: "customJwt";
      readonly issuer: string;
      readonly jwks: string;
      readonly algorithm: "RS256" | "ES256";
      readonly applicationID: string | null;
    };
