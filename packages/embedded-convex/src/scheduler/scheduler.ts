/**
 * Puts the scheduler together. The door is made first, because functions need it; the
 * loops start when functions can run.
 *
 *   door (ctx.scheduler) --rows--> job loop  --\
 *   push (cron specs)    --rows--> cron loop ---+--> run-work --> functions
 */
import type { Transaction } from "../database/types.ts";
import type { SchedulerDoor } from "../rooms.ts";
import { createCronSource } from "./cron-work.ts";
import { createSchedulerDoor } from "./door.ts";
import { createJobSource } from "./job-work.ts";
import { startRetention } from "./retention.ts";
import { commitAlone, INTERRUPTED, runWork, type WorkDoors } from "./run-work.ts";
import { createWorkLoop, type WorkLoop, type WorkLoopStats } from "./work-loop.ts";

export interface Scheduler extends SchedulerDoor<Transaction> {
  stats(): { readonly jobs: WorkLoopStats; readonly crons: WorkLoopStats };
  /** Settles what the last process left running, then runs what is due. */
  start(runner: WorkDoors["runner"]): Promise<void>;
  /**
   * Starts nothing more, cuts running actions off and waits for the rest, at most
   * CLOSE_PATIENCE_MS. Safe to repeat, and without `start`.
   */
  close(): Promise<void>;
}

const IDLE: WorkLoopStats = { running: 0, waiting: 0 };
const CLOSE_PATIENCE_MS = 5_000; // a mutation takes a second at most

export function createScheduler(options: Omit<WorkDoors, "runner" | "signal">): Scheduler {
  const closing = new AbortController();
  const sources = [createJobSource(options.clock), createCronSource(options.clock, options.logger)];
  let loops: readonly WorkLoop[] = [];
  let closeLoops: () => Promise<unknown> = async () => {};
  return {
    ...createSchedulerDoor(options.clock),
    stats: () => {
      const [jobs = IDLE, crons = IDLE] = loops.map((loop) => loop.stats());
      return { jobs, crons };
    },
    start: async (runner) => {
      const doors = { ...options, runner, signal: closing.signal };
      await commitAlone(doors, (tx) => {
        for (const source of sources) source.failInterrupted(tx, INTERRUPTED);
      });
      const run = (work: Parameters<typeof runWork>[0]) => runWork(work, doors);
      loops = sources.map((source) => createWorkLoop({ ...options, source, run }));
      const stopRetention = startRetention(doors);
      closeLoops = async () => {
        stopRetention();
        await Promise.all(loops.map((loop) => loop.close()));
      };
      for (const loop of loops) loop.start();
    },
    close: async () => {
      closing.abort();
      const patience = Promise.withResolvers<void>();
      const stop = options.clock.after(CLOSE_PATIENCE_MS, patience.resolve);
      await Promise.race([closeLoops(), patience.promise]);
      stop();
    },
  };
}
