/**
 * [SCHED10] A scheduled function that ended stays visible for seven days, then goes.
 */
import type { Logger } from "../rooms.ts";
import { endedJobs, oldestEndMs, removeJob } from "./job-rows.ts";
import { commitAlone, type WorkDoors } from "./run-work.ts";

type Doors = Pick<WorkDoors, "database" | "clock" | "signal"> & { readonly logger: Logger };

const RETENTION_MS = 7 * 24 * 3600 * 1000;
const BATCH = 128; // jobs per transaction: short enough not to be felt
const MIN_PAUSE_MS = 60_000; // jobs that end a moment apart go in one batch

/** Removes what is old now and sleeps until the next is. Returns the way to stop. */
export function startRetention(doors: Doors): () => void {
  let stopTimer = () => {};
  const pass = async () => {
    try {
      while (!doors.signal.aborted && (await removeBatch(doors)) === BATCH);
    } catch (error) {
      doors.logger("error", "scheduler.retention_failed", { error: String(error) });
    }
    if (!doors.signal.aborted) stopTimer = doors.clock.after(pauseMs(doors), () => void pass());
  };
  void pass();
  return () => stopTimer();
}

function removeBatch(doors: Doors): Promise<number> {
  return commitAlone(doors, (tx) => {
    const old = endedJobs(tx, doors.clock.nowMs() - RETENTION_MS, BATCH);
    for (const job of old) removeJob(tx, job);
    return old.length;
  });
}

/** What ends from now on is kept for the whole time, so without rows that is the pause. */
function pauseMs({ database, clock }: Doors): number {
  const tx = database.begin();
  try {
    const oldestMs = oldestEndMs(tx) ?? clock.nowMs();
    return Math.max(MIN_PAUSE_MS, oldestMs + RETENTION_MS - clock.nowMs());
  } finally {
    tx.close();
  }
}
