/**
 * Mutations: run, check, commit, and again on a fresh snapshot after a conflict.
 *
 *   attempt 1            snapshot -> run -> returns checked -> commit ... durable -> answer
 *   failure              ... what it read is durable -> answer: it may tell what it read
 *   conflict             again, before anybody else, and nobody passes
 *   conflict 5 times     OccError: the caller's connection is told to try later
 *
 * Within one process the commit that was in the way is already there when the conflict
 * is seen, so a retry starts at once instead of backing off.
 */
import type { CommitReceipt, Transaction } from "../database/types.ts";
import { ConflictError, OccError } from "../errors.ts";
import type { FunctionCall, JobHooks, MutationOutcome, Timestamp } from "../rooms.ts";
import { conflictText } from "./conflict-text.ts";
import { developerFailure } from "./developer-failure.ts";
import type { ExecutionResult } from "./execution-contract.ts";
import { KnownSessions } from "./known-sessions.ts";
import { MutationLane, type Reservation } from "./mutation-lane.ts";
import type { FunctionRunnerOptions, MutationStats } from "./options.ts";
import { prepareCall } from "./prepared-call.ts";
import { Run } from "./run.ts";
import { randomSeed } from "./seeds.ts";
import {
  assumeUnrecorded,
  findRecorded,
  newestRecorded,
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
  /** Nothing to commit; what the outcome tells of was committed up to `knows`. */
  | { readonly kind: "over"; readonly outcome: MutationOutcome; readonly knows: Timestamp }
  | { readonly kind: "skipped" }
  | { readonly kind: "retry"; readonly exclusive: boolean };

/** What surrounds the function in its transaction. */
interface Frame {
  readonly before: (tx: Transaction) => Attempt | null;
  readonly after: (tx: Transaction, success: Success) => void;
  readonly forceCommit: boolean;
}

export class MutationRunner {
  readonly #options: FunctionRunnerOptions;
  readonly #versions: Versions;
  readonly #slices: SliceLoop;
  readonly #lane: MutationLane;
  readonly #sessions = new KnownSessions(newestRecorded);
  #retries = 0;
  #givenUp = 0;
  #replays = 0;

  constructor(options: FunctionRunnerOptions, versions: Versions, slices: SliceLoop) {
    this.#options = options;
    this.#versions = versions;
    this.#slices = slices;
    this.#lane = new MutationLane(options.clock);
  }

  async run(call: FunctionCall, session: SessionRequest | null): Promise<MutationOutcome> {
    assertNotExpired(call.request.identity, this.#options.clock.nowMs());
    const frame = session === null ? PLAIN : this.#sessionFrame(session);
    let again: Reservation | null = null;
    for (let attempts = 1; ; attempts++) {
      const last = attempts === MAX_ATTEMPTS;
      let next: Reservation | null = null;
      const onConflict = () => {
        if (!last) next = this.#lane.reserve();
      };
      try {
        const outcome = await this.#try(call, frame, again, onConflict);
        if (outcome === "skipped") throw new Error("Only jobs can be skipped");
        return outcome;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        this.#collided(error, call);
        if (!last) {
          this.#retries++;
          again = next;
          continue;
        }
        this.#givenUp++;
        await this.#options.database.whenDurable(error.conflict.committedAt);
        throw new OccError(conflictText(error.conflict, call.address.path));
      }
    }
  }

  stats(): MutationStats {
    return {
      retries: this.#retries,
      givenUp: this.#givenUp,
      replays: this.#replays,
      waiting: this.#lane.waitingCount,
    };
  }

  /** One attempt; a conflict is thrown. */
  async job(
    call: FunctionCall,
    hooks: JobHooks<Transaction>,
  ): Promise<MutationOutcome | "skipped"> {
    const frame: Frame = {
      before: (tx) => (hooks.begin(tx) ? null : { kind: "skipped" }),
      after: (tx) => hooks.succeed(tx),
      forceCommit: false,
    };
    try {
      return await this.#try(call, frame, null, () => {});
    } catch (error) {
      if (error instanceof ConflictError) this.#collided(error, call);
      throw error;
    }
  }

  /** What no function wrote (a push, an import) is in nobody's lane: waiting would not help. */
  #collided({ conflict: { source } }: ConflictError, call: FunctionCall): void {
    if (source !== null) this.#lane.collided(call.address.path, source);
  }

  /** `onConflict` is called before the lane lets others in. */
  async #try(
    call: FunctionCall,
    frame: Frame,
    reservation: Reservation | null,
    onConflict: () => void,
  ): Promise<MutationOutcome | "skipped"> {
    let place = reservation;
    for (let exclusive = false; ; ) {
      const attempt = await this.#lane.run(
        call.address.path,
        () => this.#attemptOr(onConflict, call, frame, exclusive),
        place,
      );
      place = null;
      switch (attempt.kind) {
        case "retry":
          exclusive ||= attempt.exclusive;
          continue;
        case "over":
          await this.#options.database.whenDurable(attempt.knows);
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

  async #attemptOr(
    onConflict: () => void,
    call: FunctionCall,
    frame: Frame,
    exclusive: boolean,
  ): Promise<Attempt> {
    try {
      return await this.#attempt(call, frame, exclusive);
    } catch (error) {
      if (error instanceof ConflictError) onConflict();
      throw error;
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
      const early = frame.before(tx);
      if (early !== null) return early;
      const run = await this.#execute(tx, call, exclusive);
      if (!(run instanceof Run)) return run;
      if (run.retry !== null) return { kind: "retry", exclusive: run.retry === "exclusive realm" };
      const result = checked(run);
      const logLines = run.finalLogLines();
      if (!result.ok) return over({ ok: false, failure: result.failure, logLines }, tx.beginTs);
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
        waiting: 1,
        exclusive,
      });
    } catch (error) {
      return over({ ok: false, failure: developerFailure(error), logLines: [] }, tx.beginTs);
    }
    await this.#slices.run(run);
    if (run.systemError !== null) throw run.systemError.error;
    return run;
  }

  #sessionFrame(session: SessionRequest): Frame {
    return {
      before: (tx) => {
        if (!this.#sessions.mayBeRecorded(tx, session)) {
          assumeUnrecorded(tx, session);
          return null;
        }
        const recorded = findRecorded(tx, session);
        if (recorded === null) return null;
        this.#replays++;
        const { ts, logLines } = recorded;
        return over({ ok: true, json: resolveCommitTs(recorded.json, ts), ts, logLines }, ts);
      },
      after: (tx, success) => {
        this.#sessions.recording(session);
        recordResult(tx, session, success);
      },
      forceCommit: true,
    };
  }
}

const PLAIN: Frame = { before: () => null, after: () => {}, forceCommit: false };

function over(outcome: MutationOutcome, knows: Timestamp): Attempt {
  return { kind: "over", outcome, knows };
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
