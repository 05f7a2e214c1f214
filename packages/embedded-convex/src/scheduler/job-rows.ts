/**
 * Scheduled functions as rows: `_scheduled_functions` is what `db.system` shows, with
 * exactly the documented fields, in the component that scheduled it; `_scheduled_internal`,
 * one for all, is what the loop works by.
 *
 *   internal.state   scheduledTime means          public state.kind
 *   waiting          run not before               pending (inProgress inside its own mutation)
 *   running          action started at            inProgress, or canceled meanwhile
 *   done             ended at (for retention)     success, failed, canceled
 */
import type { JSONValue } from "convex/values";
import type { SystemDocument, Transaction } from "../database/types.ts";
import type { FunctionAddress } from "../rooms.ts";

export type JobState =
  | { readonly kind: "pending" | "inProgress" | "success" | "canceled" }
  | { readonly kind: "failed"; readonly error: string };

/** The row user code sees. */
export interface JobRow {
  readonly _id: string;
  /** Canonical with `.js`, e.g. `messages.js:send`. */
  readonly name: string;
  readonly args: readonly JSONValue[];
  /** As asked for, ms. */
  readonly scheduledTime: number;
  readonly completedTime?: number;
  readonly state: JobState;
}

export interface InternalJobRow {
  readonly _id: string;
  readonly jobId: string;
  /** Path of the component that scheduled it, whose `_scheduled_functions` shows it; absent: the app. */
  readonly home?: string;
  /** Of the function to run. */
  readonly component: string;
  /** Without `.js`. */
  readonly path: string;
  readonly state: "waiting" | "running" | "done";
  readonly scheduledTime: number;
  /** Attempts that ended in a system error or a long row of conflicts. */
  readonly attempts: number;
}

/** Writes both rows and returns the public id. */
export function insertJob(
  tx: Transaction,
  job: {
    readonly address: FunctionAddress;
    readonly args: readonly JSONValue[];
    readonly scheduledMs: number;
    /** Born canceled at this time, when its parent was canceled. */
    readonly canceledMs: number | null;
  },
): string {
  const { address, scheduledMs, canceledMs } = job;
  const home = tx.component === "" ? {} : { home: tx.component };
  const jobId = tx.system.insert("_scheduled_functions", {
    name: canonicalName(address.path),
    args: [...job.args],
    scheduledTime: scheduledMs,
    state: { kind: canceledMs === null ? "pending" : "canceled" },
    ...(canceledMs === null ? {} : { completedTime: canceledMs }),
  });
  tx.system.insert("_scheduled_internal", {
    jobId,
    ...home,
    component: address.component,
    path: address.path,
    state: canceledMs === null ? "waiting" : "done",
    scheduledTime: canceledMs ?? scheduledMs,
    attempts: 0,
  });
  return jobId;
}

/** The transaction as the component that scheduled the job sees it. */
export function atHome(tx: Transaction, { home = "" }: Pick<InternalJobRow, "home">): Transaction {
  return tx.within(home);
}

/** Of a job that the transaction's component scheduled. */
export function readJob(tx: Transaction, jobId: string): JobRow | null {
  return tx.system.get("_scheduled_functions", jobId) as unknown as JobRow | null;
}

/** Of a job that the transaction's component scheduled. */
export function readInternalJob(tx: Transaction, jobId: string): InternalJobRow | null {
  const rows = tx.system.query("_scheduled_internal", "by_job", [jobId]).map(asInternal);
  return rows.find(({ home = "" }) => home === tx.component) ?? null;
}

/** Waiting jobs that are due, the longest due first. */
export function dueJobs(tx: Transaction, nowMs: number, limit: number): InternalJobRow[] {
  return byState(tx, "waiting", { lte: nowMs, limit });
}

/** When the next job after `afterMs` is due, null without one. */
export function nextJobMs(tx: Transaction, afterMs: number): number | null {
  return byState(tx, "waiting", { gt: afterMs, limit: 1 })[0]?.scheduledTime ?? null;
}

export function runningJobs(tx: Transaction): InternalJobRow[] {
  return byState(tx, "running", {});
}

/** Jobs that ended at `untilMs` or before, the oldest first. */
export function endedJobs(tx: Transaction, untilMs: number, limit: number): InternalJobRow[] {
  return byState(tx, "done", { lte: untilMs, limit });
}

export function oldestEndMs(tx: Transaction): number | null {
  return byState(tx, "done", { limit: 1 })[0]?.scheduledTime ?? null;
}

/** Inside the mutation's own transaction only the public row tells that it runs. */
export function showInProgress(tx: Transaction, job: InternalJobRow): void {
  const state = { kind: "inProgress" };
  atHome(tx, job).system.patch("_scheduled_functions", job.jobId, { state });
}

/** An action starts: durable before its first effect. */
export function markRunning(tx: Transaction, job: InternalJobRow, nowMs: number): void {
  showInProgress(tx, job);
  tx.system.patch("_scheduled_internal", job._id, { state: "running", scheduledTime: nowMs });
}

/** The end of a job. What was canceled while it ran stays canceled. */
export function endJob(
  tx: Transaction,
  job: InternalJobRow,
  end: { readonly state: JobState; readonly nowMs: number },
): void {
  tx.system.patch("_scheduled_internal", job._id, { state: "done", scheduledTime: end.nowMs });
  const home = atHome(tx, job);
  if (readJob(home, job.jobId)?.state.kind === "canceled") return;
  home.system.patch("_scheduled_functions", job.jobId, {
    state: { ...end.state },
    completedTime: end.nowMs,
  });
}

/** Marks a running action canceled; it keeps running, its end is recorded by `endJob`. */
export function showCanceled(tx: Transaction, jobId: string, nowMs: number): void {
  const fields = { state: { kind: "canceled" }, completedTime: nowMs };
  tx.system.patch("_scheduled_functions", jobId, fields);
}

/** To be tried again, also for an action that was refused before it started. */
export function postponeJob(tx: Transaction, job: InternalJobRow, untilMs: number): void {
  const fields = { state: "waiting", scheduledTime: untilMs, attempts: job.attempts + 1 };
  tx.system.patch("_scheduled_internal", job._id, fields);
  const home = atHome(tx, job);
  if (readJob(home, job.jobId)?.state.kind !== "inProgress") return;
  home.system.patch("_scheduled_functions", job.jobId, { state: { kind: "pending" } });
}

export function removeJob(tx: Transaction, job: InternalJobRow): void {
  tx.system.remove("_scheduled_internal", job._id);
  const home = atHome(tx, job);
  if (readJob(home, job.jobId) !== null) home.system.remove("_scheduled_functions", job.jobId);
}

function byState(
  tx: Transaction,
  state: InternalJobRow["state"],
  options: Parameters<Transaction["system"]["query"]>[3],
): InternalJobRow[] {
  return tx.system.query("_scheduled_internal", "by_due", [state], options).map(asInternal);
}

function canonicalName(path: string): string {
  const colon = path.lastIndexOf(":");
  return `${path.slice(0, colon)}.js${path.slice(colon)}`;
}

function asInternal(row: SystemDocument): InternalJobRow {
  return row as unknown as InternalJobRow;
}
