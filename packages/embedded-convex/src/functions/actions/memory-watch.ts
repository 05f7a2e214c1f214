/**
 * [ACT13] Ends an action worker whose code holds more memory than an action may.
 *
 * V8's own limit cannot do it: in a thread, an allocation that is larger than a little
 * leeway ends the whole process there, and buffers do not count at all. So that limit
 * stands far above, and the workers are asked from outside what they hold; they answer
 * in the middle of an endless loop, too.
 *
 * Asked is only while an action runs and the process has grown since everybody was fine.
 */
import type { Clock } from "../../rooms.ts";

/** As upstream for actions in Node. */
export const MAX_ACTION_MB = 512;

const MAX_BYTES = MAX_ACTION_MB * 1024 * 1024;
/** What is held counts garbage in, which V8 lets grow beyond the limit for a while: then it has this long to collect it. */
const PATIENCE_MS = 1_000;
/** No garbage grows so far. */
const AT_ONCE_BYTES = 2 * MAX_BYTES;
const LOOK_MS = 50; // code fills about 1 GB/s here
const GROWN_BYTES = 64 * 1024 * 1024;

/** As the watch sees an action worker. */
export interface WatchedWorker {
  readonly begunCount: number;
  heldBytes(): Promise<number | null>;
  endForMemory(): void;
}

export class MemoryWatch {
  readonly #clock: Clock;
  readonly #workers: () => readonly WatchedWorker[];
  readonly #processBytes: () => number;
  /** Since when a worker holds too much. */
  readonly #overSinceMs = new Map<WatchedWorker, number>();
  readonly #asked = new Set<WatchedWorker>();
  /** The process when everybody was fine. */
  #calmBytes = 0;
  #looking = false;

  constructor(
    clock: Clock,
    workers: () => readonly WatchedWorker[],
    processBytes: () => number = () => process.memoryUsage.rss(),
  ) {
    this.#clock = clock;
    this.#workers = workers;
    this.#processBytes = processBytes;
  }

  /** Looks from now on, for as long as something runs. */
  wake(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#calmBytes = this.#processBytes();
    this.#lookLater();
  }

  #lookLater(): void {
    this.#clock.after(LOOK_MS, () => {
      const busy = this.#workers().filter(({ begunCount }) => begunCount > 0);
      if (busy.length === 0) {
        this.#looking = false;
        this.#overSinceMs.clear();
        return;
      }
      this.#look(busy);
      this.#lookLater();
    });
  }

  #look(busy: readonly WatchedWorker[]): void {
    const bytes = this.#processBytes();
    this.#calmBytes = Math.min(this.#calmBytes, bytes);
    if (this.#overSinceMs.size === 0 && bytes < this.#calmBytes + GROWN_BYTES) return;
    const answers = busy.filter((worker) => !this.#asked.has(worker)).map((it) => this.#ask(it));
    void Promise.all(answers).then((fine) => {
      const everybody = this.#asked.size === 0 && this.#overSinceMs.size === 0;
      if (everybody && fine.every(Boolean)) this.#calmBytes = bytes;
    });
  }

  async #ask(worker: WatchedWorker): Promise<boolean> {
    this.#asked.add(worker);
    const bytes = await worker.heldBytes();
    this.#asked.delete(worker);
    const over = bytes !== null && bytes > MAX_BYTES;
    if (!over) {
      this.#overSinceMs.delete(worker);
      return bytes !== null;
    }
    const nowMs = this.#clock.nowMs();
    const sinceMs = this.#overSinceMs.get(worker) ?? nowMs;
    this.#overSinceMs.set(worker, sinceMs);
    if (bytes > AT_ONCE_BYTES || nowMs - sinceMs >= PATIENCE_MS) {
      this.#overSinceMs.delete(worker);
      worker.endForMemory();
    }
    return false;
  }
}
