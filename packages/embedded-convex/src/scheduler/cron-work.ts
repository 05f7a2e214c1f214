/**
 * Crons as work: a due run of a cron is one piece of work, and its end decides the next.
 *
 * [CRON8] A cron's function runs without identity, with the guarantees of scheduled
 *         functions; a failed run does not stop the cron.
 */
import { isDeepStrictEqual } from "node:util";
import type { Transaction } from "../database/types.ts";
import type { Clock, Logger } from "../rooms.ts";
import {
  type CronRow,
  dueCrons,
  endCronRun,
  markCronRunning,
  nextCronMs,
  readCron,
  runningCrons,
} from "./cron-rows.ts";
import type { Work, WorkSource } from "./work.ts";

interface Retry {
  readonly untilMs: number;
  readonly attempts: number;
}

/** Retries are kept in memory: a cron's own next run stays what it was due for. */
export function createCronSource(clock: Clock, logger: Logger): WorkSource {
  const retries = new Map<string, Retry>();
  const resting = (row: CronRow, nowMs: number) => (retries.get(row._id)?.untilMs ?? 0) > nowMs;
  return {
    tables: new Set(["_crons"]),
    due: (tx, nowMs, limit) =>
      dueCrons(tx, nowMs, limit + retries.size)
        .filter((row) => !row.running && !resting(row, nowMs))
        .slice(0, limit)
        .map((row) => toWork(row, { clock, logger, retries })),
    nextMs: (tx, nowMs) => {
      const times = [...retries.values()].map(({ untilMs }) => untilMs);
      const next = nextCronMs(tx, nowMs);
      const upcoming = [...times.filter((ms) => ms > nowMs), ...(next === null ? [] : [next])];
      return upcoming.length === 0 ? null : Math.min(...upcoming);
    },
    failInterrupted: (tx, error) => {
      for (const row of runningCrons(tx)) endCronRun(tx, row, { nowMs: clock.nowMs(), error });
    },
  };
}

function toWork(
  row: CronRow,
  doors: { readonly clock: Clock; readonly logger: Logger; readonly retries: Map<string, Retry> },
): Work {
  const { clock, logger, retries } = doors;
  const attempts = retries.get(row._id)?.attempts ?? 0;
  return {
    key: row._id,
    address: { component: row.component, path: row.path },
    args: row.args,
    attempts,
    claim: (tx) => isSameRun(readCron(tx, row._id), row),
    markRunning: (tx) => markCronRunning(tx, row._id, true),
    end: (tx, error) => {
      retries.delete(row._id);
      const current = readCron(tx, row._id);
      if (current === null) return; // a push removed it while its action ran
      const skipped = endRun(tx, current, row, { nowMs: clock.nowMs(), error });
      // What the function said is the developer's, and may quote data: `convex logs` shows it.
      if (error !== null) logger("warn", "cron.failed", { name: row.name, path: row.path });
      if (skipped > 0) logger("warn", "cron.skipped", { name: row.name, skipped });
    },
    postpone: (tx, untilMs) => {
      retries.set(row._id, { untilMs, attempts: attempts + 1 });
      if (readCron(tx, row._id)?.running) markCronRunning(tx, row._id, false);
    },
  };
}

/** A push may have moved the next run while an action ran: then that one stands. */
function endRun(
  tx: Transaction,
  current: CronRow,
  started: CronRow,
  end: { readonly nowMs: number; readonly error: string | null },
): number {
  if (current.nextRunMs === started.nextRunMs) return endCronRun(tx, current, end);
  markCronRunning(tx, current._id, false);
  return 0;
}

function isSameRun(current: CronRow | null, due: CronRow): boolean {
  if (current === null || current.running || current.nextRunMs !== due.nextRunMs) return false;
  return current.path === due.path && isDeepStrictEqual(current.args, due.args);
}
