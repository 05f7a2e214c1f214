/**
 * What one attempt at a query or mutation shares with the calls nested in it: the
 * transaction, the time, logs, budget and realms. Made anew for every attempt.
 */
import type { Transaction } from "../database/types.ts";
import type { FunctionFailure, RequestContext } from "../rooms.ts";
import { positionsIn } from "./deployed-component.ts";
import type { DeployedFunction, DeploymentVersion } from "./deployment-version.ts";
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
import type { RealmPools } from "./realm-pools.ts";
import { syscallTable } from "./syscalls/table.ts";
import { TimeBudget } from "./time-budget.ts";

interface RunSetup {
  readonly options: FunctionRunnerOptions;
  readonly version: DeploymentVersion;
  readonly pools: RealmPools;
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
  /** Code in fresh realms may be made from text, without ticks: then only a limit ends it. */
  needsLimit = false;
  /** Thrown to whoever asked for the run; user code cannot catch it. */
  systemError: { readonly error: unknown } | null = null;
  /** Why the same call must be tried again, on a new transaction. */
  retry: "fresh realm" | "exclusive realm" | null = null;
  readonly #pools: RealmPools;
  readonly #exclusive: boolean;
  readonly #startedAt = performance.now();
  /** With the component of each. */
  readonly #used = new Map<Realm, string>();
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
    this.#pools = setup.pools;
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
    if (exceeded !== null) {
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

  takeRealm({ component, path }: DeployedFunction): Realm | null {
    const pool = this.#pools.of(component);
    if (pool.runsFresh(path.module) && !this.needsLimit) {
      this.needsLimit = true;
      return null;
    }
    const realm = pool.take(path.module);
    realm.users.add(this);
    this.#used.set(realm, component);
    return realm;
  }

  returnRealm(realm: Realm, broken: boolean, { component, path }: DeployedFunction): void {
    realm.client = null;
    if (this.#exclusive) this.#held.push({ realm, broken });
    else this.#pools.of(component).giveBack(realm, broken, path.module);
  }

  /** Once the rejections of its last turn are known. */
  settle(): void {
    for (const realm of this.#used.keys()) realm.users.delete(this);
    for (const { realm, broken } of this.#held.splice(0)) {
      this.#pools.of(this.#used.get(realm) ?? "").giveBack(realm, broken, null);
    }
  }

  noteUnshareable({ component, path }: DeployedFunction): void {
    this.#pools.of(component).markFresh(path.module);
  }

  needFresh(target: DeployedFunction): void {
    this.noteUnshareable(target);
    this.retry = "fresh realm";
  }

  // --------------------------------------------------------------- rejections

  unhandledRejection(realm: Realm, promise: object, thrown: string, sure: boolean): void {
    if (!sure) {
      this.retry ??= "exclusive realm";
      return;
    }
    const component = this.version.components.get(this.#used.get(realm) ?? "") ?? null;
    this.#rejections.set(promise, failureOfThrown(thrown, positionsIn(component)));
  }

  rejectionHandled(promise: object): void {
    this.#rejections.delete(promise);
  }
}
