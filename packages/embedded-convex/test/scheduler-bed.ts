/** A real database and the real scheduler around functions that tests write as closures. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JSONValue } from "convex/values";
import { openDatabase } from "../src/database/database.ts";
import type { Database, Transaction } from "../src/database/types.ts";
import { ConflictError, OverloadedError } from "../src/errors.ts";
import type {
  ActionOutcome,
  AnalyzedFunction,
  FunctionCall,
  JobHooks,
  MutationOutcome,
  RequestContext,
} from "../src/rooms.ts";
import {
  type InternalJobRow,
  type JobRow,
  readInternalJob,
  readJob,
} from "../src/scheduler/job-rows.ts";
import type { WorkDoors } from "../src/scheduler/run-work.ts";
import { createScheduler } from "../src/scheduler/scheduler.ts";
import { ManualClock } from "./manual-clock.ts";

/** Throws to fail. `tx` is the mutation's own transaction. */
export type TestMutation = (tx: Transaction, call: FunctionCall) => void;
export type TestAction = (call: FunctionCall, signal?: AbortSignal) => Promise<void>;

export const NOBODY: RequestContext = {
  requestId: "0123456789abcdef",
  identity: { kind: "none" },
  ip: null,
  userAgent: null,
};

export class SchedulerBed {
  readonly dir = mkdtempSync(join(tmpdir(), "scheduler-"));
  readonly clock = new ManualClock();
  readonly mutations = new Map<string, TestMutation>();
  readonly actions = new Map<string, TestAction>();
  readonly logged: string[] = [];
  database!: Database;
  scheduler!: ReturnType<typeof createScheduler>;

  async open(): Promise<this> {
    const logger = (_level: string, event: string) => void this.logged.push(event);
    const common = { clock: this.clock, logger, random: randomBytes };
    this.database = await openDatabase({ ...common, dir: this.dir });
    this.scheduler = createScheduler({ ...common, database: this.database });
    return this;
  }

  start(): Promise<void> {
    return this.scheduler.start(this.#runner());
  }

  async close(): Promise<void> {
    await this.scheduler.close();
    await this.database.close();
  }

  async reopen(): Promise<this> {
    await this.close();
    return await this.open();
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Runs `change` in a transaction and waits until it is durable. */
  async commit<T>(change: (tx: Transaction) => T): Promise<T> {
    const tx = this.database.begin();
    const result = change(tx);
    await this.database.commit(tx, { source: null }).durable;
    return result;
  }

  read<T>(look: (tx: Transaction) => T): T {
    const tx = this.database.begin();
    try {
      return look(tx);
    } finally {
      tx.close();
    }
  }

  /** Schedules `path` `inMs` from now. */
  schedule(path: string, inMs = 0, args: JSONValue = {}): Promise<string> {
    return this.commit((tx) => this.scheduleIn(tx, path, inMs, { args }));
  }

  scheduleIn(
    tx: Transaction,
    path: string,
    inMs: number,
    more: { readonly args?: JSONValue; readonly request?: RequestContext } = {},
  ): string {
    return this.scheduler.schedule(tx, {
      address: { component: "", path },
      args: [more.args ?? {}],
      tsSeconds: (this.clock.nowMs() + inMs) / 1000,
      request: more.request ?? NOBODY,
    });
  }

  cancel(id: string): Promise<void> {
    return this.commit((tx) => this.scheduler.cancel(tx, id, NOBODY));
  }

  job(id: string): JobRow | null {
    return this.read((tx) => readJob(tx, id));
  }

  internalJob(id: string): InternalJobRow | null {
    return this.read((tx) => readInternalJob(tx, id));
  }

  /** Resolves when `check` holds after some commit became durable. */
  async until(check: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => check() && resolve();
    const stop = this.database.onDurable(look);
    look();
    await promise;
    stop();
  }

  ended(id: string): Promise<void> {
    return this.until(() => this.job(id)?.completedTime !== undefined);
  }

  #runner(): WorkDoors["runner"] {
    return {
      lookup: async ({ path }) => this.#describe(path),
      action: (call, signal) => this.#action(call, signal),
      job: (call, hooks) => this.#mutation(call, hooks),
    };
  }

  #describe(path: string): AnalyzedFunction | null {
    const udfType = this.actions.has(path) ? "Action" : "Mutation";
    return { name: path, udfType, visibility: null, args: null, returns: null, pos: null };
  }

  async #action(call: FunctionCall, signal?: AbortSignal): Promise<ActionOutcome> {
    try {
      await this.actions.get(call.address.path)?.(call, signal);
      return { ok: true, json: "null", logLines: [] };
    } catch (error) {
      if (isOfTheEngine(error)) throw error;
      return { ok: false, failure: { text: String(error) }, logLines: [] };
    }
  }

  async #mutation(
    call: FunctionCall,
    hooks: JobHooks<Transaction>,
  ): Promise<MutationOutcome | "skipped"> {
    const tx = this.database.begin();
    try {
      if (!hooks.begin(tx)) return "skipped";
      const failure = this.#mutate(tx, call);
      if (failure !== null) return { ok: false, failure: { text: failure }, logLines: [] };
      hooks.succeed(tx);
      const { ts, durable } = this.database.commit(tx, { source: call.address.path });
      await durable;
      return { ok: true, json: "null", ts, logLines: [] };
    } finally {
      tx.close();
    }
  }

  /** What a function throws is its failure; errors of the engine's classes pass through. */
  #mutate(tx: Transaction, call: FunctionCall): string | null {
    try {
      this.mutations.get(call.address.path)?.(tx, call);
      return null;
    } catch (error) {
      if (isOfTheEngine(error)) throw error;
      return String(error);
    }
  }
}

function isOfTheEngine(error: unknown): boolean {
  return error instanceof ConflictError || error instanceof OverloadedError;
}
