/** What the main thread and an action worker say to each other. Everything is structured-cloneable. */
import type { JSONValue } from "convex/values";

export interface WorkerModule {
  readonly path: string;
  /** CommonJS text. */
  readonly code: string;
  readonly environment: "isolate" | "node";
}

export interface WorkerComponent {
  readonly path: string;
  readonly definition: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: Readonly<Record<string, JSONValue>>;
}

export interface WorkerSetup {
  /** By definition. */
  readonly modules: ReadonlyMap<string, readonly WorkerModule[]>;
  readonly components: readonly WorkerComponent[];
  /** Where "use node" modules find external packages. */
  readonly projectRoot: string;
  /** Module of the app to keep evaluated ahead of the next call; null for none. */
  readonly warm: string | null;
  /** Its work may wait while something is to be delivered. */
  readonly background: boolean;
}

/**
 * A job is claimed before it starts: cell 0 of `claim` goes from WAITING to STARTED by
 * the worker or to WITHDRAWN by the main thread, never both. So a job that a busy worker
 * has not begun can be given to another one without running twice.
 */
export const CLAIM = { waiting: 0, started: 1, withdrawn: 2 } as const;

export interface ActionJob {
  readonly type: "action";
  readonly id: number;
  readonly claim: Int32Array<SharedArrayBuffer>;
  readonly component: string;
  readonly module: string;
  readonly name: string;
  /** JSON text of the positional array. */
  readonly args: string;
}

export interface HttpJob {
  readonly type: "http";
  readonly id: number;
  readonly claim: Int32Array<SharedArrayBuffer>;
  readonly component: string;
  readonly method: string;
  readonly url: string;
  /** The path its component's router looks up. */
  readonly routedPath: string;
  readonly headers: readonly (readonly [string, string])[];
  /** The whole of it, "pulled" piece by piece, or none. */
  readonly body: Uint8Array | "pulled" | null;
}

export type Job = ActionJob | HttpJob;

export type ToWorker =
  | Job
  | {
      readonly type: "answer";
      readonly job: number;
      readonly call: number;
      readonly answer: Answer;
    }
  /** The next piece of a request's body; null at its end. */
  | { readonly type: "body"; readonly job: number; readonly chunk: Uint8Array | null }
  | { readonly type: "bodyFailed"; readonly job: number; readonly message: string }
  /** The reader of a response wants more. */
  | { readonly type: "pull"; readonly job: number }
  | { readonly type: "abort"; readonly job: number }
  /** The job is given up; answered with `stopped` by a thread that is not stuck. */
  | { readonly type: "stop"; readonly job: number };

export type Answer =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: true; readonly bytes: Uint8Array | null; readonly contentType: string | null }
  | { readonly ok: false; readonly message: string; readonly data?: JSONValue };

export interface ResponseHead {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** The whole of it, "pulled" piece by piece, or none. */
  readonly body: Uint8Array | "pulled" | null;
}

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "started"; readonly job: number }
  | { readonly type: "stopped"; readonly job: number }
  | { readonly type: "log"; readonly job: number; readonly level: string; readonly message: string }
  | {
      readonly type: "call";
      readonly job: number;
      readonly call: number;
      readonly op: string;
      readonly args: string;
      /** Bytes of `storage.store`. */
      readonly bytes?: Uint8Array;
    }
  /** `payload`: the result's JSON text, or JSON of `Thrown`. `dangling`: operations nobody awaited. */
  | {
      readonly type: "finished";
      readonly job: number;
      readonly ok: boolean;
      readonly payload: string;
      readonly dangling: readonly string[];
    }
  | { readonly type: "head"; readonly job: number; readonly head: ResponseHead }
  | { readonly type: "pullBody"; readonly job: number }
  | { readonly type: "chunk"; readonly job: number; readonly chunk: Uint8Array | null };
