/**
 * One call of a query or mutation, on its own or nested in another: a state machine
 * that the slice loop pushes forward.
 *
 *   start -> (microtasks of the realm -> system calls, first in first out)* -> ended
 *
 * Rules (contract 3.4)
 *  - System calls run in the order they were made, one after the other, when the microtasks
 *    of the code that makes them are done; the first reads of a query already while it runs.
 *    So `Promise.all` gives the same order always.
 *  - A fulfilled result is accepted only after every call made has run, awaited or not.
 *  - A rejection ends the execution at once.
 */
import type { Transaction } from "../database/types.ts";
import { DeveloperError } from "../errors.ts";
import type { FunctionFailure } from "../rooms.ts";
import { positionsIn } from "./deployed-component.ts";
import {
  type ExecutionCall,
  type ExecutionResult,
  errorAnswer,
  NestedCall,
  type NestedExecution,
  type Progress,
  type RunContext,
  type SyscallAnswer,
  type SyscallScope,
} from "./execution-contract.ts";
import { failureOfMessage, failureOfThrown } from "./failure.ts";
import type { Thrown } from "./realm/bridge.ts";
import type { Realm, RealmClient } from "./realm.ts";
import { compute } from "./syscalls/compute.ts";
import { OpenQueries } from "./syscalls/open-queries.ts";

interface PendingSyscall {
  readonly id: number;
  readonly kind: "syscall" | "compute";
  readonly op: string;
  readonly args: string;
}

const MOST_AT_ONCE = 24; // a feed segment makes a dozen; code between reads may be slow, and nobody else runs meanwhile
const MOST_CHARS_AT_ONCE = 256 * 1024;
const STORAGE_URL = "1.0/storageGetUrl";
const BATCHED = new Set(["1.0/get", "1.0/queryStreamNext", STORAGE_URL]);
const MAX_BATCH = 16;

/** A write to something the locked-down realm froze, as V8 words it. */
const FROZEN_WRITE =
  /^Cannot (assign to read only property|add property|delete property|redefine property|define property)|object is not extensible/;

export class Execution implements RealmClient, SyscallScope, NestedExecution {
  readonly run: RunContext;
  readonly call: ExecutionCall;
  /** What it reads and writes, seen from its component; a stale snapshot has another one than its run. */
  readonly tx: Transaction;
  hasPaginated = false;
  readonly queries = new OpenQueries();
  #realm: Realm | null = null;
  #pending: PendingSyscall[] = [];
  /** Those before have been answered: taking them off one by one would cost the square of them. */
  #answered = 0;
  #child: { readonly id: number; readonly nested: NestedCall } | null = null;
  #inFlight = false;
  #answeredAtOnce = 0;
  #charsAtOnce = 0;
  #ended = false;
  #result: ExecutionResult | null = null;

  constructor(run: RunContext, call: ExecutionCall, tx: Transaction = run.tx) {
    this.run = run;
    this.call = call;
    this.tx = tx.within(call.target.component);
  }

  /** Only after `advance` answered `ended`. */
  get result(): ExecutionResult {
    if (this.#result === null) throw new Error("The execution has not ended");
    return this.#result;
  }

  advance(): Progress {
    if (this.#result?.ok === false) return this.#end(false);
    if (this.#child !== null) return this.#advanceChild();
    if (this.#realm === null) return this.#start();
    if (this.#inFlight) return "waiting";
    if (this.#answered < this.#pending.length) return this.#answerNext();
    if (this.#result === null) {
      this.#result = {
        ok: false,
        failure: failureOfMessage("Returned promise will never resolve"),
      };
    }
    return this.#end(false);
  }

  /** Ends it from outside, whatever it is doing. */
  abort(failure: FunctionFailure): void {
    this.#result = { ok: false, failure };
    this.#end(true);
  }

  /** A generator for a nested call, drawn from this one's. */
  drawSeed(): readonly number[] {
    return JSON.parse(this.#realm?.control.drawSeed() ?? "[1,2,3,4]") as number[];
  }

  nest(call: ExecutionCall, tx: Transaction): NestedExecution {
    return new Execution(this.run, call, tx);
  }

  // ------------------------------------------------------- called by the realm

  syscall(op: string, args: string): string {
    return this.run.budget.syscall(
      () => this.#answer(() => this.run.syscalls.sync(this, op, args)) as string,
    );
  }

  /**
   * The first reads of a query are answered while the code that makes them runs: entering the
   * realm again for each answer costs more than the answer. How many does not depend on the
   * time, so that a query goes the same way each time; then the loop gets its turn. Mutations
   * keep to the queue, whose order their writes show.
   */
  answerAtOnce(op: string, args: string): string {
    const mustWait = this.#pending.length > 0 || this.#child !== null || this.#inFlight;
    if (mustWait || this.call.type !== "query") return "";
    if (this.#answeredAtOnce >= MOST_AT_ONCE || this.#charsAtOnce >= MOST_CHARS_AT_ONCE) return "";
    const answer = this.run.budget.syscall(() => this.#answerAtOnce(op, args));
    this.#answeredAtOnce++;
    this.#charsAtOnce += answer.length;
    return answer;
  }

  asyncSyscall(id: number, op: string, args: string): void {
    this.#pending.push({ id, kind: "syscall", op, args });
  }

  compute(id: number, op: string, args: string): void {
    this.#pending.push({ id, kind: "compute", op, args });
  }

  log(level: string, message: string): void {
    this.run.logs.add(level, message);
  }

  finish(ok: boolean, payload: string): void {
    if (this.#result !== null) return;
    if (ok) {
      this.#result = { ok: true, json: payload };
      return;
    }
    this.#noticeFrozenWrite(payload);
    this.#result = { ok: false, failure: this.#failureOf(payload) };
  }

  remainingMs(): number {
    return this.run.budget.exceeded() === null ? this.run.budget.remainingUserMs : 0;
  }

  outOfTime(): void {
    this.run.budget.useUp();
  }

  elapsedMs(): number {
    return this.run.elapsedMs();
  }

  // ---------------------------------------------------------------- the steps

  #start(): Progress {
    const { target, type, args, seed } = this.call;
    const realm = this.run.takeRealm(target);
    if (realm === null) return "again";
    this.#realm = realm;
    realm.client = this;
    const thrown = this.run.budget.user(() => realm.import(target.path.module));
    if (thrown !== null) {
      if (realm.mode === "shared" && this.remainingMs() > 0) this.run.needFresh(target);
      this.#result = { ok: false, failure: this.#failureOf(thrown) };
      return this.#end(true);
    }
    if (realm.mode === "shared" && realm.control.isDirty()) {
      this.run.noteUnshareable(target);
    }
    const start = JSON.stringify({ udfType: type, nowMs: this.run.nowMs, seed });
    this.run.budget.user(() => {
      realm.control.invoke(target.path.module, target.path.name, args, start);
      realm.drain();
    });
    return "again";
  }

  #answerNext(): Progress {
    const batch = this.#nextBatch();
    const answers = this.run.budget.syscall(() => this.#runBatch(batch));
    const ready = answers.filter((answer) => typeof answer === "string");
    this.#answered += answers.length;
    if (this.#answered === this.#pending.length) {
      this.#pending = [];
      this.#answered = 0;
    }
    const next = batch[ready.length];
    const answer = answers[ready.length];
    if (ready.length > 0) {
      this.#deliver(ready.map((text, index) => [batch[index]?.id ?? 0, text]));
    }
    if (next === undefined || answer === undefined) return "again";
    if (answer instanceof Promise) return this.#waitFor(next.id, answer);
    if (answer instanceof NestedCall) this.#child = { id: next.id, nested: answer };
    return "again";
  }

  /** Up to the first that has to be waited for: what was called later runs later. */
  #runBatch(batch: readonly PendingSyscall[]): SyscallAnswer[] {
    const answers: SyscallAnswer[] = [];
    for (const pending of batch) {
      const answer = this.#runPending(pending);
      answers.push(answer);
      if (typeof answer !== "string") break;
    }
    return answers;
  }

  #nextBatch(): readonly PendingSyscall[] {
    const start = this.#answered;
    const op = this.#pending[start]?.op ?? "";
    let end = start + 1;
    if (BATCHED.has(op)) {
      while (end - start < MAX_BATCH && fitsBatch(op, this.#pending[end])) end++;
    }
    return this.#pending.slice(start, end);
  }

  #runPending({ kind, op, args }: PendingSyscall): SyscallAnswer {
    return this.#answer(() =>
      kind === "compute" ? compute(op, args) : this.run.syscalls.async(this, op, args),
    );
  }

  #answerAtOnce(op: string, args: string): string {
    try {
      const answer = this.run.syscalls.atOnce(this, op, args);
      return answer === null ? "" : `s${answer}`;
    } catch (error) {
      return this.#errorAnswer(error);
    }
  }

  /** What is the developer's goes back to the code; the engine's own ends the run. */
  #answer(work: () => SyscallAnswer): SyscallAnswer {
    try {
      const answer = work();
      return typeof answer === "string" ? `s${answer}` : answer;
    } catch (error) {
      return this.#errorAnswer(error);
    }
  }

  #errorAnswer(error: unknown): string {
    if (error instanceof DeveloperError) return errorAnswer(error.message, error.data);
    this.run.systemFailure(error);
    return errorAnswer("The engine could not answer");
  }

  #waitFor(id: number, answer: Promise<string>): Progress {
    this.#inFlight = true;
    const arrive = (text: string) => {
      this.#inFlight = false;
      if (this.#realm?.client !== this) return;
      this.run.wake(() => this.#deliver([[id, text]]));
    };
    answer.then(
      (json) => arrive(`s${json}`),
      (error: unknown) => arrive(this.#errorAnswer(error)),
    );
    return "waiting";
  }

  #advanceChild(): Progress {
    const child = this.#child;
    if (child === null) return "again";
    const progress = child.nested.execution.advance();
    if (progress !== "ended") return progress;
    this.#child = null;
    this.#deliver([[child.id, child.nested.settle(child.nested.execution.result)]]);
    return "again";
  }

  #deliver(answers: readonly (readonly [number, string])[]): void {
    const realm = this.#realm;
    if (realm === null || this.run.isOver) return;
    this.run.budget.user(() => {
      for (const [id, answer] of answers) realm.control.settle(id, answer);
      realm.drain();
    });
  }

  #end(broken: boolean): Progress {
    const realm = this.#realm;
    if (this.#ended) return "ended";
    this.#ended = true;
    this.#child?.nested.execution.abort({ text: "" });
    if (realm !== null) {
      if (!broken) this.run.observe(realm.control.observed());
      this.run.returnRealm(realm, broken, this.call.target);
    }
    this.queries.closeAll();
    return "ended";
  }

  #failureOf(thrown: string): FunctionFailure {
    const component = this.run.version.components.get(this.call.target.component) ?? null;
    return failureOfThrown(thrown, positionsIn(component));
  }

  #noticeFrozenWrite(json: string): void {
    if (this.#realm?.mode !== "shared") return;
    const { name, message } = JSON.parse(json) as Thrown;
    const chain = `${name}: ${message}`;
    if (
      name === "EvalError" ||
      name === "CompileError" || // WebAssembly
      FROZEN_WRITE.test(message) ||
      /TypeError: Cannot (assign to read only|add) property/.test(chain)
    ) {
      this.run.needFresh(this.call.target);
    }
  }
}

/** Reads of documents and of files are answered apart. */
function fitsBatch(op: string, next: PendingSyscall | undefined): boolean {
  if (next === undefined || !BATCHED.has(next.op)) return false;
  return (next.op === STORAGE_URL) === (op === STORAGE_URL);
}
