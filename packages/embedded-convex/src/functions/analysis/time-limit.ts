/**
 * How long a unit of modules may take to load: four seconds of processor time. On a busy
 * machine that is longer on the clock, up to a bound; a thread that waits is not busy.
 */
import type { Worker } from "node:worker_threads";
import type { Clock } from "../../rooms.ts";

export const LIMIT_MS = 4_000; // of user code in a unit; the thread's start is not counted
const MOST_WAIT_MS = 20_000;

/** Calls back once the worker has used up its time from now on. Returns the way to stop. */
export function limitTime(
  worker: Pick<Worker, "cpuUsage">,
  clock: Clock,
  onTooLong: () => void,
): () => void {
  let stopped = false;
  let cancel = () => {};
  let waitedMs = 0;
  const begunMs = usedMs(worker);
  const look = async () => {
    const used = (await usedMs(worker)) - (await begunMs);
    if (stopped) return;
    const leftMs = Math.min(LIMIT_MS - used, MOST_WAIT_MS - waitedMs);
    if (leftMs <= 0) onTooLong();
    else wait(Math.max(leftMs, 100)); // used is read a little late
  };
  const wait = (ms: number) => {
    waitedMs += ms;
    cancel = clock.after(ms, () => void look());
  };
  wait(LIMIT_MS);
  return () => {
    stopped = true;
    cancel();
  };
}

/** Processor time of the thread; a thread that has ended uses none. */
async function usedMs(worker: Pick<Worker, "cpuUsage">): Promise<number> {
  try {
    const { user, system } = await worker.cpuUsage();
    return (user + system) / 1_000;
  } catch {
    return 0;
  }
}
