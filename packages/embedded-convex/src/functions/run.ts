/**
 * What one attempt at a query or mutation shares with the calls nested in it: the
 * transaction, the time, logs, budget and realms. Made anew for every attempt.
 */
import type { Transaction } from "../database/types.ts";
import type { FunctionFailure, RequestContext } from "../rooms.ts";
import type { DeploymentVersion } from "./deployment-version.ts";
import { Execution } from "./execution.ts";
import type {
  ExecutionCall,
  ExecutionResult,
  JournalState,
  Progress,
  RunContext,
} from "./execution-contract.ts";
import { failureOfThrown } from "./failure.ts";
import { LogBuffer } from "./log-buffer.ts";
import type { FunctionRunnerOptions } from "./options.ts";
import type { Realm, RealmUser } from "./realm.ts";
import type { RealmPool } from "./realm-pool.ts";
import { syscallTable } from "./syscalls/table.ts";
import { TimeBudget } from "./time-budget.ts";

interface RunSetup {
  readonly options: FunctionRunnerOptions;
  readonly version: DeploymentVersion;
  readonly pool: RealmPool;
  readonly tx: Transaction;
  readonly request: RequestContext;
  readonly call: ExecutionCall;
  /** End cursor of the journal given by the client; null without. */
  readonly journal: string | null;
  /** How many wait for the result. */
  readonly waiting: number;
  /** Keeps its realms to itself until the turn ends, so that what happens there is surely its own. */
  readonly exclusive: boolean;
}

const TIME_OBSERVED = 1;

export class Run implements RunContext, RealmUser {
  readonly options: FunctionRunnerOptions;
  readonly version: DeploymentVersion;
  readonly tx: Transaction;
  readonly request: RequestContext;
  readonly nowMs: number;
  readonly journal: JournalState;
  readonly waiting: number;
  readonly logs = new LogBuffer();
  readonly budget = new TimeBudget();
  readonly execution: Execution;
  readonly syscalls = syscallTable;
  observedIdentity = false;
  observedTime = false;
  /** On the clock of `performance.now()`; set by the loop before each slice. */
  sliceEndsAtMs = 0;
  /** Thrown to whoever asked for the run; user code cannot catch it. */
  systemError: { readonly error: unknown } | null = null;
  /** Why the same call must be tried again, on a new transaction. */
  retry: "fresh realm" | "exclusive realm" | null = null;
  readonly #pool: RealmPool;
  readonly #exclusive: boolean;
  readonly #startedAt = performance.now();
  readonly #used = new Set<Realm>();
  readonly #held: { readonly realm: Realm; readonly broken: boolean }[] = [];
  readonly #rejections = new Map<object, FunctionFailure>();
  #aborted: FunctionFailure | null = null;
  #wake: ((deliver: () => void) => void) | null = null;

  constructor(setup: RunSetup) {
    this.options = setup.options;
    this.version = setup.version;
    this.tx = setup.tx;
    this.request = setup.request;
    this.nowMs = setup.options.clock.nowMs();
    this.journal = { given: setup.journal, end: null };
    this.waiting = setup.waiting;
    this.#pool = setup.pool;
    this.#exclusive = setup.exclusive;
    this.execution = new Execution(this, setup.call);
  }

  /** True when its result can no longer change. */
  get isOver(): boolean {
    return this.#aborted !== null || this.systemError !== null;
  }

  /** Ended by itself or from outside. Never throws what user code throws. */
  advance(): Progress {
    const progress = this.execution.advance();
    const exceeded = this.budget.exceeded();
    if (exceeded !== null && progress !== "ended") {
      this.abort(exceeded);
      return "ended";
    }
    if (this.systemError === null) return progress;
    this.execution.abort({ text: "" });
    return "ended";
  }

  abort(failure: FunctionFailure): void {
    this.#aborted = failure;
    this.execution.abort(failure);
  }

  result(): ExecutionResult {
    if (this.#aborted !== null) return { ok: false, failure: this.#aborted };
    const [rejection] = this.#rejections.values();
    const result = this.execution.result;
    return rejection !== undefined && result.ok ? { ok: false, failure: rejection } : result;
  }

  systemFailure(error: unknown): void {
    this.systemError ??= { error };
  }

  /** Once it has ended: with a warning for every limit that was nearly reached. */
  finalLogLines(): readonly string[] {
    for (const warning of this.tx.usage.warnings()) this.logs.add("WARN", warning);
    return this.logs.lines;
  }

  elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  hasTime(): boolean {
    return performance.now() < this.sliceEndsAtMs;
  }

  observe(bits: number): void {
    if ((bits & TIME_OBSERVED) !== 0) this.observedTime = true;
  }

  /** How a waiting run is put back into the loop; set by the loop. */
  onWake(wake: (deliver: () => void) => void): void {
    this.#wake = wake;
  }

  wake(deliver: () => void): void {
    this.#wake?.(deliver);
  }

  // ------------------------------------------------------------------- realms

  takeRealm(modulePath: string): Realm {
    const realm = this.#pool.take(modulePath);
    realm.users.add(this);
    this.#used.add(realm);
    return realm;
  }

  returnRealm(realm: Realm, broken: boolean, modulePath: string): void {
    realm.client = null;
    if (this.#exclusive) this.#held.push({ realm, broken });
    else this.#pool.giveBack(realm, broken, modulePath);
  }

  /** Once the rejections of its last turn are known. */
  settle(): void {
    for (const realm of this.#used) realm.users.delete(this);
    for (const { realm, broken } of this.#held.splice(0)) this.#pool.giveBack(realm, broken, null);
  }

  noteUnshareable(modulePath: string): void {
    this.#pool.markFresh(modulePath);
  }

  needFresh(modulePath: string): void {
    this.#pool.markFresh(modulePath);
    this.retry = "fresh realm";
  }

  // --------------------------------------------------------------- rejections

  unhandledRejection(promise: object, thrown: string, sure: boolean): void {
    if (!sure) this.retry ??= "exclusive realm";
    else this.#rejections.set(promise, failureOfThrown(thrown, this.version.positionsOf));
  }

  rejectionHandled(promise: object): void {
    this.#rejections.delete(promise);
  }
}
