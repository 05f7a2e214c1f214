/**
 * Scheduled functions as work.
 *
 * [SCHED5] A mutation's job is `inProgress` to itself and its success commits with its
 *          writes: it takes effect exactly once.
 * [SCHED6] An action is durably `inProgress` before it starts; found so after a crash it
 *          failed with `Transient error while executing action` and never runs again.
 */
import type { Transaction } from "../database/types.ts";
import type { Clock } from "../rooms.ts";
import {
  atHome,
  dueJobs,
  endJob,
  type InternalJobRow,
  markRunning,
  nextJobMs,
  postponeJob,
  readInternalJob,
  readJob,
  runningJobs,
  showInProgress,
} from "./job-rows.ts";
import type { Work, WorkSource } from "./work.ts";

export function createJobSource(clock: Clock): WorkSource {
  return {
    tables: new Set(["_scheduled_internal"]),
    due: (tx, nowMs, limit) =>
      dueJobs(tx, nowMs, limit).flatMap((job) => toWork(tx, job, clock) ?? []),
    nextMs: nextJobMs,
    failInterrupted: (tx, error) => {
      for (const job of runningJobs(tx)) {
        endJob(tx, job, { state: { kind: "failed", error }, nowMs: clock.nowMs() });
      }
    },
  };
}

function toWork(tx: Transaction, job: InternalJobRow, clock: Clock): Work | null {
  const { jobId } = job;
  const row = readJob(atHome(tx, job), jobId);
  if (row === null) return null;
  const current = (inTx: Transaction) => {
    const found = readInternalJob(atHome(inTx, job), jobId);
    if (found === null) throw new Error(`job ${jobId} vanished while it ran`);
    return found;
  };
  return {
    key: jobId,
    address: { component: job.component, path: job.path },
    args: row.args,
    scheduledFunctionId: jobId,
    ...(job.home === undefined ? {} : { home: job.home }),
    attempts: job.attempts,
    claim: (inTx) => {
      const home = atHome(inTx, job);
      const waiting = readInternalJob(home, jobId)?.state === "waiting";
      if (!waiting || readJob(home, jobId)?.state.kind !== "pending") return false;
      showInProgress(inTx, job);
      return true;
    },
    markRunning: (inTx) => markRunning(inTx, current(inTx), clock.nowMs()),
    end: (inTx, error) => {
      const state =
        error === null ? { kind: "success" as const } : { kind: "failed" as const, error };
      endJob(inTx, current(inTx), { state, nowMs: clock.nowMs() });
    },
    postpone: (inTx, untilMs) => postponeJob(inTx, current(inTx), untilMs),
  };
}
