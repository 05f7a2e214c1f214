/**
 * Runs one piece of work to its end: a mutation exactly once, an action at most once.
 *
 * [SCHED7] A conflict is retried with a growing pause (100 ms to 60 s) until it commits; a
 *          failure of the function is recorded and not retried; anything else is an error
 *          of the system and retried later (500 ms to 2 h).
 */
import type { Database, Transaction } from "../database/types.ts";
import { ConflictError, OverloadedError } from "../errors.ts";
import type { Clock, FunctionCall, FunctionRunner, JobRunner, Logger } from "../rooms.ts";
import type { Work } from "./work.ts";

export interface WorkDoors {
  readonly database: Database;
  readonly runner: Pick<FunctionRunner, "action" | "lookup"> & JobRunner<Transaction>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: (bytes: number) => Uint8Array;
  /** Aborted when the scheduler closes: running actions are cut off. */
  readonly signal: AbortSignal;
}

export const INTERRUPTED = "Transient error while executing action";
const FIRST_CONFLICT_MS = 100;
const LAST_CONFLICT_MS = 60_000;
const HOLD_SLOT_MS = 1_000; // a longer pause gives the slot to other work
const FIRST_ERROR_MS = 500;
const LAST_ERROR_MS = 7_200_000;

/** Resolves when the work has ended, was postponed or turned out to be canceled. Never rejects. */
export async function runWork(work: Work, doors: WorkDoors): Promise<void> {
  try {
    const target = await doors.runner.lookup(work.address);
    // What is missing or a query fails in the mutation's way, with the runner's own text.
    if (target?.udfType === "Action") await runAction(work, doors);
    else await runMutation(work, doors);
  } catch (error) {
    if (doors.signal.aborted) return; // what was cut off is settled at the next start
    await postponeAfterError(work, error, doors);
  }
}

async function runMutation(work: Work, doors: WorkDoors): Promise<void> {
  for (let conflicts = 0; ; conflicts++) {
    try {
      const outcome = await doors.runner.job(callOf(work, doors), {
        begin: (tx) => work.claim(tx),
        succeed: (tx) => work.end(tx, null),
      });
      if (outcome === "skipped" || outcome.ok) return;
      return await recordFailure(work, outcome.failure.text, doors);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
    const pauseMs = backoffMs(conflicts, FIRST_CONFLICT_MS, LAST_CONFLICT_MS);
    if (pauseMs > HOLD_SLOT_MS) return await postpone(work, doors.clock.nowMs() + pauseMs, doors);
    await pause(pauseMs, doors);
    if (doors.signal.aborted) return;
  }
}

async function runAction(work: Work, doors: WorkDoors): Promise<void> {
  const claimed = await commitAlone(doors, (tx) => {
    if (!work.claim(tx)) return false;
    work.markRunning(tx);
    return true;
  });
  if (!claimed) return;
  const error = await actionError(work, doors);
  if (error instanceof OverloadedError) throw error; // refused before it started
  await commitAlone(doors, (tx) => work.end(tx, error));
}

/** Null when it succeeded. */
async function actionError(work: Work, doors: WorkDoors): Promise<string | null | OverloadedError> {
  try {
    const outcome = await doors.runner.action(callOf(work, doors), doors.signal);
    if (outcome.ok) return null;
    return doors.signal.aborted ? INTERRUPTED : outcome.failure.text;
  } catch (error) {
    if (error instanceof OverloadedError) return error;
    doors.logger("error", "scheduler.action_failed", {
      path: work.address.path,
      error: String(error),
    });
    return INTERRUPTED;
  }
}

/** In a transaction of its own, unless somebody canceled it meanwhile. */
async function recordFailure(work: Work, error: string, doors: WorkDoors): Promise<void> {
  await commitAlone(doors, (tx) => {
    if (work.claim(tx)) work.end(tx, error);
  });
}

async function postponeAfterError(work: Work, error: unknown, doors: WorkDoors): Promise<void> {
  const fields = { path: work.address.path, attempts: work.attempts, error: String(error) };
  doors.logger("error", "scheduler.postponed", fields);
  const pauseMs = backoffMs(work.attempts, FIRST_ERROR_MS, LAST_ERROR_MS);
  try {
    await postpone(work, doors.clock.nowMs() + pauseMs, doors);
  } catch (failure) {
    // The database is gone; the next start finds the row as it is.
    doors.logger("error", "scheduler.state_lost", { ...fields, error: String(failure) });
  }
}

function postpone(work: Work, untilMs: number, doors: WorkDoors): Promise<void> {
  return commitAlone(doors, (tx) => work.postpone(tx, untilMs));
}

/** Runs `change` in a transaction of its own until it commits; resolves once durable. */
export async function commitAlone<T>(
  doors: Pick<WorkDoors, "database" | "clock" | "signal">,
  change: (tx: Transaction) => T,
): Promise<T> {
  for (let conflicts = 0; ; conflicts++) {
    const tx = doors.database.begin();
    try {
      const result = change(tx);
      await doors.database.commit(tx, { source: null }).durable;
      return result;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    } finally {
      tx.close();
    }
    await pause(backoffMs(conflicts, 1, LAST_CONFLICT_MS), doors);
  }
}

function callOf(work: Work, doors: WorkDoors): FunctionCall {
  const { scheduledFunctionId, home } = work;
  return {
    address: work.address,
    args: work.args,
    allowed: "all",
    request: {
      requestId: Buffer.from(doors.random(8)).toString("hex"),
      identity: { kind: "none" },
      ip: null,
      userAgent: null,
      ...(scheduledFunctionId === undefined ? {} : { scheduledFunctionId }),
      ...(home === undefined ? {} : { scheduledFunctionHome: home }),
    },
  };
}

/** Doubles with every attempt from `firstMs` up to `lastMs`. */
export function backoffMs(attempts: number, firstMs: number, lastMs: number): number {
  return Math.min(lastMs, firstMs * 2 ** Math.min(attempts, 40));
}

/** Ends early when the scheduler closes. */
async function pause(ms: number, doors: Pick<WorkDoors, "clock" | "signal">): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = doors.clock.after(ms, resolve);
  const leave = () => resolve();
  doors.signal.addEventListener("abort", leave, { once: true });
  if (doors.signal.aborted) leave();
  await promise;
  doors.signal.removeEventListener("abort", leave);
  stop();
}
