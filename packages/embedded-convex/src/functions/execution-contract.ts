/**
 * What the parts of an execution know of each other: the run around it, the execution
 * itself, and the system calls it makes. Types, and the two values that go between them.
 */
import type { Transaction } from "../database/types.ts";
import type { FunctionFailure, Identity, RequestContext } from "../rooms.ts";
import type { DeployedFunction, DeploymentVersion } from "./deployment-version.ts";
import type { LogBuffer } from "./log-buffer.ts";
import type { FunctionRunnerOptions } from "./options.ts";
import type { Realm } from "./realm.ts";
import type { OpenQueries } from "./syscalls/open-queries.ts";
import type { TimeBudget } from "./time-budget.ts";

export type ExecutionType = "query" | "mutation";

export type ExecutionResult =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly failure: FunctionFailure };

/** `waiting`: for something outside the realm; `wake` of the run is called when it came. */
export type Progress = "again" | "waiting" | "ended";

export interface ExecutionCall {
  readonly target: DeployedFunction;
  readonly type: ExecutionType;
  /** JSON text of the positional array. */
  readonly args: string;
  readonly seed: readonly number[];
  /** Who calls, as far as this function may know; see `identityAcross`. */
  readonly identity: Identity;
  /** 1 for the outermost. */
  readonly depth: number;
}

export interface JournalState {
  /** End cursor the client brought; null without. */
  readonly given: string | null;
  /** Set by the one `paginate` a function may do. */
  end: string | null;
}

/** What one attempt shares with the calls nested in it. */
export interface RunContext {
  readonly options: FunctionRunnerOptions;
  readonly version: DeploymentVersion;
  readonly tx: Transaction;
  readonly request: RequestContext;
  readonly nowMs: number;
  readonly journal: JournalState;
  readonly logs: LogBuffer;
  readonly budget: TimeBudget;
  readonly syscalls: Syscalls;
  observedIdentity: boolean;
  /** True when its result can no longer change. */
  readonly isOver: boolean;
  elapsedMs(): number;
  /** Null when the loop must enter user code with a time limit first. */
  takeRealm(target: DeployedFunction): Realm | null;
  /** `broken`: what it was doing did not end by itself. */
  returnRealm(realm: Realm, broken: boolean, target: DeployedFunction): void;
  /** Calls of the target's module cannot share realms; this one goes on. */
  noteUnshareable(target: DeployedFunction): void;
  /** The bits of `Control.observed`. */
  observe(bits: number): void;
  /** The target's module does not work in a locked-down realm: the whole run is tried again. */
  needFresh(target: DeployedFunction): void;
  /** An error of the engine: user code cannot catch it. */
  systemFailure(error: unknown): void;
  /** Goes on with a run that waited. */
  wake(deliver: () => void): void;
}

/** What a system call sees of the execution that makes it. */
export interface SyscallScope {
  readonly run: RunContext;
  readonly call: ExecutionCall;
  /** What it reads and writes, seen from its component; a stale snapshot has another one than its run. */
  readonly tx: Transaction;
  readonly queries: OpenQueries;
  hasPaginated: boolean;
  /** A generator for a nested call, drawn from this one's. */
  drawSeed(): readonly number[];
  nest(call: ExecutionCall, tx: Transaction): NestedExecution;
}

export interface NestedExecution {
  readonly call: ExecutionCall;
  readonly result: ExecutionResult;
  advance(): Progress;
  abort(failure: FunctionFailure): void;
}

export interface Syscalls {
  /** Throws DeveloperError for what the developer did wrong, anything else is the engine's. */
  sync(scope: SyscallScope, op: string, args: string): string;
  /** Null, and nothing has happened, when there is no answer at once: `async` has it. */
  atOnce(scope: SyscallScope, op: string, args: string): string | null;
  async(scope: SyscallScope, op: string, args: string): SyscallAnswer;
}

export type SyscallAnswer = string | Promise<string> | NestedCall;

/** A nested call in the place of an answer. */
export class NestedCall {
  readonly execution: NestedExecution;
  /** Turns the result into the answer, undoing what a failed mutation wrote. */
  readonly settle: (result: ExecutionResult) => string;

  constructor(execution: NestedExecution, settle: (result: ExecutionResult) => string) {
    this.execution = execution;
    this.settle = settle;
  }
}

/** A failure as it crosses into a realm; `data` is an encoded ConvexError payload. */
export function errorAnswer(message: string, data?: unknown): string {
  return `e${JSON.stringify(data === undefined ? { message } : { message, data })}`;
}
