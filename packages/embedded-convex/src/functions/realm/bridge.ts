/**
 * The wall between the engine and a realm (the `node:vm` context user code runs
 * in). Only strings, numbers and booleans cross it, so that no value of one realm
 * is ever seen in the other: `instanceof` holds everywhere inside, and nothing of
 * the engine can be reached from a function's code.
 */

/** `s` + JSON for a result, `e` + JSON of RealmError for a failure. */
export type Answer = string;

/** How an error looks on the wall. `data` is JSON text of a ConvexError's payload. */
export interface RealmError {
  readonly message: string;
  readonly data?: unknown;
}

/** What was thrown, taken apart where it was thrown. */
export interface Thrown {
  /** Empty when it is not an Error. */
  readonly name: string;
  readonly message: string;
  /** As V8 wrote it; empty when it is not an Error. */
  readonly stack: string;
  /** JSON text of a ConvexError's payload. */
  readonly data?: string;
}

export type Phase = "import" | "run" | "idle";

/** What the engine gives to a realm. None of these may throw. */
export interface Bridge {
  syscall(op: string, args: string): Answer;
  /** The answer to an asynchronous call, if there is one at once; else empty, and nothing has happened. */
  answerAtOnce(op: string, args: string): Answer | "";
  /** The answer comes later through `Control.settle`. */
  asyncSyscall(id: number, op: string, args: string): void;
  /** A pure computation of the platform (`crypto.subtle`), answered through `settle`. */
  compute(id: number, op: string, args: string): void;
  log(level: string, message: string): void;
  finish(ok: boolean, payload: string): void;
  /** The wrapper function of a module, made in this realm; null when there is none. */
  wrapper(path: string): ModuleWrapper | null;
  /** How long user code may go on, in milliseconds; 0 or less when the execution must end. */
  remainingMs(): number;
  /** Calls `Control.search`, for as long as user code may go on; false when that was too short. */
  searchInTime(): boolean;
  /** Milliseconds since the execution started, for `performance.now()` in mutations. */
  elapsedMs(): number;
  /** Answers of pure text functions of the platform: `url`, `decode`, `encode`. */
  text(op: string, argument: string): Answer;
  decodeUtf8(bytes: Uint8Array, label: string, fatal: boolean, ignoreBom: boolean): Answer;
}

export type ModuleWrapper = (
  exports: object,
  require: (specifier: string) => object,
  module: { exports: object },
  tracker: Tracker,
) => void;

/** Called by the code that `state-tracking.ts` adds to modules. */
export interface Tracker {
  importing(): boolean;
  dirty(): void;
  /** How many ticks may pass until it is called again. Throws when the execution's time is up. */
  refuel(): number;
  roots(...thunks: (() => unknown)[]): void;
  /** Tells what an object keeps in a class's private fields; nothing for other objects. */
  privates(read: (holder: object) => readonly unknown[]): void;
  load(specifier: string): Promise<object>;
}

export interface ExecutionStart {
  readonly udfType: "query" | "mutation";
  readonly nowMs: number;
  /** Four 32-bit numbers. */
  readonly seed: readonly number[];
}

/** What a realm gives to the engine. Called by the engine only while nothing else runs in the realm. */
export interface Control {
  /** Evaluates a module and what it imports, once. Answers `s` or `e` + JSON of Thrown. */
  importModule(path: string): string;
  /** After the microtasks of an import have run: freezes and records module state. */
  sealImports(): void;
  /** Freezes the platform's own objects; before the first import, in realms that are used again. */
  lockdown(): void;
  /** Starts the execution; what it answers comes through `Bridge.finish`. */
  invoke(path: string, exportName: string, args: string, start: string): void;
  settle(id: number, answer: Answer): void;
  /** Four numbers for a nested call's generator, drawn from this execution's. */
  drawSeed(): string;
  /** An import left something that cannot be watched: the realm can serve no second call. */
  isDirty(): boolean;
  /** Bits: 1 time was read, 2 randomness was read. */
  observed(): number;
  /** Ends the execution. True when the realm is as it was before: it may serve another one. */
  release(): boolean;
  /** JSON of what a module exports, for the analysis of a push. Answers `s` or `e`. */
  analyze(path: string): string;
  /** `default.export()` of a module (schema, definition), or its JSON (`auth.config`). */
  exported(path: string, kind: "export" | "authConfig"): string;
  describe(thrown: unknown): string;
  /** Runs the regular expression that waits in `Bridge.searchInTime`. */
  search(): void;
  readonly promisePrototype: object;
}
