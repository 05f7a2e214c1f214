/**
 * Mutations: run, check, commit, and again on a fresh snapshot after a conflict.
 *
 *   attempt 1            snapshot -> run -> returns checked -> commit ... durable -> answer
 *   conflict             again, before anybody else, and nobody passes
 *   conflict 5 times     OccError: the caller's connection is told to try later
 *
 * Within one process the commit that was in the way is already there when the conflict
 * is seen, so a retry starts at once instead of backing off.
 */
import type { CommitReceipt, Transaction } from "../database/types.ts";
import { ConflictError, OccError } from "../errors.ts";
import type { FunctionCall, JobHooks, MutationOutcome } from "../rooms.ts";
import { conflictText } from "./conflict-text.ts";
import { developerFailure } from "./developer-failure.ts";
import type { ExecutionResult } from "./execution-contract.ts";
import { MutationLane } from "./mutation-lane.ts";
import type { FunctionRunnerOptions } from "./options.ts";
import { prepareCall } from "./prepared-call.ts";
import { Run } from "./run.ts";
import { randomSeed } from "./seeds.ts";
import {
  findRecorded,
  recordResult,
  resolveCommitTs,
  type SessionRequest,
} from "./session-requests.ts";
import type { SliceLoop } from "./slices.ts";
import { assertNotExpired } from "./syscalls/environment.ts";
import { checkReturn } from "./validation.ts";
import type { Versions } from "./versions.ts";

const MAX_ATTEMPTS = 5;

interface Success {
  readonly json: string;
  readonly logLines: readonly string[];
}

type Attempt =
  | { readonly kind: "committed"; readonly receipt: CommitReceipt; readonly success: Success }
  | { readonly kind: "over"; readonly outcome: MutationOutcome }
  | { readonly kind: "skipped" }
  | { readonly kind: "retry"; readonly exclusive: boolean };

/** What surrounds the function in its transaction. */
interface Frame {
  readonly before: (tx: Transaction) => Promise<Attempt | null> | Attempt | null;
  readonly after: (tx: Transaction, success: Success) => void;
  readonly forceCommit: boolean;
}

export class MutationRunner {
  readonly #options: FunctionRunnerOptions;
  readonly #versions: Versions;
  readonly #slices: SliceLoop;
  readonly #lane: MutationLane;
  /** Conflicts seen, for the metrics of whoever asks. */
  conflicts = 0;

  constructor(options: FunctionRunnerOptions, versions: Versions, slices: SliceLoop) {
    this.#options = options;
    this.#versions = versions;
    this.#slices = slices;
    this.#lane = new MutationLane(options.clock);
  }

  async run(call: FunctionCall, session: SessionRequest | null): Promise<MutationOutcome> {
    assertNotExpired(call.request.identity, this.#options.clock.nowMs());
    const frame = session === null ? PLAIN : this.#sessionFrame(session);
    for (let attempts = 1; ; attempts++) {
      try {
        const outcome = await this.#try(call, frame, attempts > 1);
        if (outcome === "skipped") throw new Error("Only jobs can be skipped");
        return outcome;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        this.conflicts++;
        if (attempts === MAX_ATTEMPTS)
          throw new OccError(conflictText(error.conflict, call.address.path));
      }
    }
  }

  /** One attempt; a conflict is thrown. */
  job(call: FunctionCall, hooks: JobHooks<Transaction>): Promise<MutationOutcome | "skipped"> {
    const frame: Frame = {
      before: (tx) => (hooks.begin(tx) ? null : { kind: "skipped" }),
      after: (tx) => hooks.succeed(tx),
      forceCommit: false,
    };
    return this.#try(call, frame, false);
  }

  async #try(
    call: FunctionCall,
    frame: Frame,
    alone: boolean,
  ): Promise<MutationOutcome | "skipped"> {
    for (let exclusive = false; ; ) {
      const attempt = await this.#lane.run(() => this.#attempt(call, frame, exclusive), alone);
      switch (attempt.kind) {
        case "retry":
          exclusive ||= attempt.exclusive;
          continue;
        case "over":
          return attempt.outcome;
        case "skipped":
          return "skipped";
        case "committed":
          return this.#acknowledge(attempt.receipt, attempt.success);
        default:
          return attempt satisfies never;
      }
    }
  }

  /** Only what is on disk may be told. */
  async #acknowledge(
    receipt: CommitReceipt,
    { json, logLines }: Success,
  ): Promise<MutationOutcome> {
    await receipt.durable;
    return { ok: true, json: resolveCommitTs(json, receipt.ts), ts: receipt.ts, logLines };
  }

  async #attempt(call: FunctionCall, frame: Frame, exclusive: boolean): Promise<Attempt> {
    const tx = this.#options.database.begin();
    try {
      const early = await frame.before(tx);
      if (early !== null) return early;
      const run = await this.#execute(tx, call, exclusive);
      if (!(run instanceof Run)) return run;
      if (run.retry !== null) return { kind: "retry", exclusive: run.retry === "exclusive realm" };
      const result = checked(run);
      const logLines = run.finalLogLines();
      if (!result.ok) return over({ ok: false, failure: result.failure, logLines });
      const success = { json: result.json, logLines };
      frame.after(tx, success);
      const { forceCommit } = frame;
      const receipt = this.#options.database.commit(tx, { source: call.address.path, forceCommit });
      return { kind: "committed", receipt, success };
    } finally {
      tx.close();
    }
  }

  async #execute(tx: Transaction, call: FunctionCall, exclusive: boolean): Promise<Run | Attempt> {
    const { version, pools } = await this.#versions.of(tx);
    let run: Run;
    try {
      const target = prepareCall(version, call, "Mutation", tx);
      const seed = randomSeed(this.#options.random);
      const execution = {
        target,
        type: "mutation",
        args: JSON.stringify(call.args),
        seed,
        identity: call.request.identity,
        depth: 1,
      } as const;
      const options = this.#options;
      run = new Run({
        options,
        version,
        pools,
        tx,
        request: call.request,
        call: execution,
        journal: null,
        exclusive,
      });
    } catch (error) {
      return over({ ok: false, failure: developerFailure(error), logLines: [] });
    }
    await this.#slices.run(run);
    if (run.systemError !== null) throw run.systemError.error;
    return run;
  }

  #sessionFrame(session: SessionRequest): Frame {
    return {
      before: async (tx) => {
        const recorded = findRecorded(tx, session);
        if (recorded === null) return null;
        const { ts, logLines } = recorded;
        await this.#options.database.whenDurable(ts);
        return over({ ok: true, json: resolveCommitTs(recorded.json, ts), ts, logLines });
      },
      after: (tx, success) => recordResult(tx, session, success),
      forceCommit: true,
    };
  }
}

const PLAIN: Frame = { before: () => null, after: () => {}, forceCommit: false };

function over(outcome: MutationOutcome): Attempt {
  return { kind: "over", outcome };
}

function checked(run: Run): ExecutionResult {
  const result = run.result();
  if (!result.ok) return result;
  try {
    checkReturn(run.execution.call.target, result.json, run.execution.tx);
    return result;
  } catch (error) {
    return { ok: false, failure: developerFailure(error) };
  }
}
