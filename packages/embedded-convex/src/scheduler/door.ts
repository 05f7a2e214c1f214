/**
 * `ctx.scheduler`: schedules and cancels inside the caller's transaction.
 *
 * [SCHED1] A job exists exactly when the transaction that scheduled it commits.
 * [SCHED2] More than five years away, either way, is refused.
 * [SCHED3] Canceling a waiting job means it never runs; a running action is marked
 *          canceled and goes on, and what it schedules from then on is born canceled;
 *          a job that ended stays as it is.
 * [SCHED4] A mutation cannot cancel itself, and only ids of scheduled functions are taken.
 */

import type { Transaction } from "../database/types.ts";
import { DeveloperError } from "../errors.ts";
import type { Clock, RequestContext, SchedulerDoor } from "../rooms.ts";
import { decodeId } from "../values/ids.ts";
import { endJob, insertJob, readInternalJob, readJob, showCanceled } from "./job-rows.ts";

const FIVE_YEARS_S = 5 * 365 * 24 * 3600;
const TABLE_NUMBER = 539; // of _scheduled_functions: part of every id

export function createSchedulerDoor(clock: Clock): SchedulerDoor<Transaction> {
  return {
    schedule: (tx, { address, args, tsSeconds, request }) => {
      const nowMs = clock.nowMs();
      checkTime(tsSeconds, nowMs / 1000);
      const canceled = parentIsCanceled(tx, request);
      const scheduledMs = Math.round(tsSeconds * 1e6) / 1e3; // 1700000000.123 s are 1700000000123 ms
      return insertJob(tx, { address, args, scheduledMs, canceledMs: canceled ? nowMs : null });
    },
    cancel: (tx, id) => {
      checkId(id);
      const job = readJob(tx, id);
      const internal = readInternalJob(tx, id);
      if (job === null || internal === null) return; // ended long ago
      const nowMs = clock.nowMs();
      if (job.state.kind === "pending") {
        endJob(tx, internal, { state: { kind: "canceled" }, nowMs });
      } else if (job.state.kind === "inProgress") {
        if (internal.state === "waiting")
          throw new DeveloperError("A mutation cannot cancel itself");
        showCanceled(tx, id, nowMs);
      }
    },
  };
}

function checkTime(tsSeconds: number, nowSeconds: number): void {
  if (!Number.isFinite(tsSeconds)) throw new DeveloperError(`${tsSeconds} is not a time`);
  const awaySeconds = tsSeconds - nowSeconds;
  if (Math.abs(awaySeconds) <= FIVE_YEARS_S) return;
  const direction = awaySeconds > 0 ? "future" : "past";
  throw new DeveloperError(`${tsSeconds} is more than 5 years in the ${direction}`);
}

function parentIsCanceled(
  tx: Transaction,
  { scheduledFunctionId: id, scheduledFunctionHome: home = "" }: RequestContext,
): boolean {
  return id !== undefined && readJob(tx.within(home), id)?.state.kind === "canceled";
}

function checkId(id: string): void {
  if (tableNumberOf(id) === TABLE_NUMBER) return;
  throw new DeveloperError(
    "Invalid scheduled function ID. The ID must be an ID on the '_scheduled_functions' table.",
  );
}

function tableNumberOf(id: string): number | null {
  try {
    return decodeId(id).tableNumber;
  } catch {
    return null;
  }
}
