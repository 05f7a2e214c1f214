/**
 * Starts what is due, eight at a time, and sleeps until the next is: woken by its timer,
 * by the end of work and by commits, never by polling.
 *
 * [SCHED8] What became due while the process was down runs at the start, the longest due
 *          first.
 * [SCHED9] At most eight pieces of work of a kind run at a time.
 */
import type { Database } from "../database/types.ts";
import type { Clock } from "../rooms.ts";
import type { Work, WorkSource } from "./work.ts";

const SLOTS = 8;
const MAX_COUNTED = 1_000; // enough to see that it does not keep up

/** Now. */
export interface WorkLoopStats {
  readonly running: number;
  /** Due and not started, counted up to MAX_COUNTED. */
  readonly waiting: number;
}

export interface WorkLoop {
  start(): void;
  stats(): WorkLoopStats;
  /** Nothing new starts from here on; resolves when what runs has ended. */
  close(): Promise<void>;
}

export function createWorkLoop(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly source: WorkSource;
  /** Never rejects. */
  readonly run: (work: Work) => Promise<void>;
}): WorkLoop {
  const { database, clock, source, run } = options;
  const running = new Map<string, Promise<void>>();
  let open = false;
  let stopTimer = () => {};
  let stopListening = () => {};

  const startWork = (work: Work) => {
    const ended = run(work).then(() => {
      running.delete(work.key);
      if (open) pass();
    });
    running.set(work.key, ended);
  };

  const pass = () => {
    stopTimer();
    const free = SLOTS - running.size;
    if (free === 0) return; // the end of one of them comes back here
    const tx = database.begin();
    try {
      const nowMs = clock.nowMs();
      // Mutations that run are still listed as due: look that much further.
      const due = source.due(tx, nowMs, SLOTS + running.size);
      for (const work of due.filter(({ key }) => !running.has(key)).slice(0, free)) startWork(work);
      const nextMs = source.nextMs(tx, nowMs);
      if (nextMs !== null) stopTimer = clock.after(Math.ceil(nextMs - nowMs), pass);
    } finally {
      tx.close();
    }
  };

  return {
    start: () => {
      open = true;
      stopListening = database.onDurable((commits) => {
        const touched = commits.some(({ documents }) =>
          documents.some(({ table }) => source.tables.has(table)),
        );
        if (touched) pass();
      });
      pass();
    },
    stats: () => {
      const tx = database.begin({ unlimited: true });
      try {
        const due = source.due(tx, clock.nowMs(), MAX_COUNTED);
        const waiting = due.filter(({ key }) => !running.has(key)).length;
        return { running: running.size, waiting };
      } finally {
        tx.close();
      }
    },
    close: async () => {
      open = false;
      stopListening();
      stopTimer();
      await Promise.all(running.values());
    },
  };
}
