/** Queries: one execution at one snapshot, its result, and what it read. */
import type { Transaction } from "../database/types.ts";
import type { FunctionCall, QueryOptions, QueryOutcome, Timestamp } from "../rooms.ts";
import { developerFailure } from "./developer-failure.ts";
import type { ExecutionResult } from "./execution-contract.ts";
import { failureOfMessage } from "./failure.ts";
import type { FunctionRunnerOptions } from "./options.ts";
import { prepareCall } from "./prepared-call.ts";
import { Run } from "./run.ts";
import { randomSeed } from "./seeds.ts";
import type { SliceLoop } from "./slices.ts";
import { checkReturn } from "./validation.ts";
import type { Versions } from "./versions.ts";

const UNRESOLVED = "queries cannot return an unresolved commit timestamp";

export class QueryRunner {
  readonly #options: FunctionRunnerOptions;
  readonly #versions: Versions;
  readonly #slices: SliceLoop;

  constructor(options: FunctionRunnerOptions, versions: Versions, slices: SliceLoop) {
    this.#options = options;
    this.#versions = versions;
    this.#slices = slices;
  }

  async run(call: FunctionCall, options: QueryOptions): Promise<QueryOutcome> {
    let at = options.at;
    for (let exclusive = false; ; ) {
      const tx = this.#begin(at);
      at = tx.beginTs; // every attempt reads the same snapshot
      try {
        const outcome = await this.#attempt(tx, call, options, exclusive);
        if (outcome !== "fresh realm" && outcome !== "exclusive realm") return outcome;
        exclusive ||= outcome === "exclusive realm";
      } finally {
        tx.close();
      }
    }
  }

  #begin(at: Timestamp | undefined): Transaction {
    return this.#options.database.begin(at === undefined ? { durable: true } : { at });
  }

  async #attempt(tx: Transaction, call: FunctionCall, options: QueryOptions, exclusive: boolean) {
    const { version, pools } = await this.#versions.of(tx);
    let run: Run;
    try {
      const target = prepareCall(version, call, "Query", tx);
      const seed = randomSeed(this.#options.random);
      const execution = {
        target,
        type: "query",
        args: JSON.stringify(call.args),
        seed,
        identity: call.request.identity,
        depth: 1,
      } as const;
      const runnerOptions = this.#options;
      run = new Run({
        options: runnerOptions,
        version,
        pools,
        tx,
        request: call.request,
        call: execution,
        journal: options.journal ?? null,
        waiting: options.waiting ?? 1,
        exclusive,
      });
    } catch (error) {
      return outcomeOf(tx, null, { ok: false, failure: developerFailure(error) });
    }
    await this.#slices.run(run);
    if (run.systemError !== null) throw run.systemError.error;
    if (run.retry !== null) return run.retry;
    return outcomeOf(tx, run, checked(run));
  }
}

function checked(run: Run): ExecutionResult {
  const result = run.result();
  if (!result.ok) return result;
  if (result.json.includes('{"$commitTs":null}')) {
    return { ok: false, failure: failureOfMessage(UNRESOLVED) };
  }
  try {
    checkReturn(run.execution.call.target, result.json, run.execution.tx);
    return result;
  } catch (error) {
    return { ok: false, failure: developerFailure(error) };
  }
}

function outcomeOf(tx: Transaction, run: Run | null, result: ExecutionResult): QueryOutcome {
  return {
    result,
    logLines: run?.finalLogLines() ?? [],
    readSet: tx.snapshotReads(),
    ts: tx.beginTs,
    journal: run?.journal.end ?? null,
    observedIdentity: run?.observedIdentity ?? false,
    observedTime: run?.observedTime ?? false,
  };
}
