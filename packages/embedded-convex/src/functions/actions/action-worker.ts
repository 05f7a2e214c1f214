/** An action worker as the main thread sees it: its thread, and the jobs it was given. */
import { Worker } from "node:worker_threads";
import type { Logger } from "../../rooms.ts";
import type { FromWorker, Job, ToWorker, WorkerSetup } from "./protocol.ts";

/** What becomes of one job. Each is called from the worker's messages, in order. */
export interface JobListener {
  started(): void;
  message(message: FromWorker): void;
  /** The worker has ended; nothing more comes. */
  lost(why: Lost): void;
}

export type Lost = "out of memory" | "crashed";

/** What the pool hears of a worker. */
export interface WorkerListener {
  /** Once, when it ended without being closed. */
  died(): void;
  /** It has no job any more. */
  idle(): void;
}

/**
 * Far above what an action may hold (`memory-watch.ts`): at this limit V8 ends the whole
 * process, not the thread, whenever a single allocation is larger than 16 MB.
 */
const V8_LIMIT_MB = 4_096;

export class ActionWorker {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, JobListener>();
  readonly #begun = new Set<number>();
  readonly #logger: Logger;
  readonly #listener: WorkerListener;
  #alive = true;
  #closing = false;
  #ready = false;
  #stuck = false;
  #outOfMemory = false;

  constructor(
    setup: WorkerSetup,
    env: Readonly<Record<string, string>>,
    logger: Logger,
    listener: WorkerListener,
  ) {
    this.#logger = logger;
    this.#listener = listener;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: setup,
      env: { ...env },
      resourceLimits: { maxOldGenerationSizeMb: V8_LIMIT_MB },
      stdout: true,
      stderr: true,
    });
    // Nobody reads what code writes there on its own; unread it would fill memory.
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.unref();
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) =>
      this.#logger("error", "actions.worker_failed", { error: String(error) }),
    );
    this.#worker.on("exit", () => {
      this.#alive = false;
      this.#lose("crashed");
      if (!this.#closing) this.#listener.died();
    });
  }

  get isAlive(): boolean {
    return this.#alive && !this.#closing && !this.#outOfMemory;
  }

  /** It did not begin with a job in time, and nothing has come from it since. */
  get isStuck(): boolean {
    return this.#stuck;
  }

  get jobCount(): number {
    return this.#jobs.size;
  }

  get begunCount(): number {
    return this.#begun.size;
  }

  start(job: Job, listener: JobListener): void {
    this.#jobs.set(job.id, listener);
    this.#worker.postMessage(job);
  }

  /** The job is over: what still comes of it is not wanted. */
  forget(jobId: number): void {
    this.#begun.delete(jobId);
    if (!this.#jobs.delete(jobId) || this.#jobs.size > 0) return;
    if (this.#closing) void this.terminate();
    else this.#listener.idle();
  }

  /** Takes back a job that it has not begun with. */
  withdraw(jobId: number): void {
    this.#stuck = true;
    this.forget(jobId);
  }

  /** What its code holds, garbage included, also in the middle of a loop; null when it cannot be asked. */
  async heldBytes(): Promise<number | null> {
    if (!this.#ready) return null; // what is asked before is never answered
    try {
      const { used_heap_size, external_memory } = await this.#worker.getHeapStatistics();
      return used_heap_size + external_memory;
    } catch {
      return null; // ended meanwhile
    }
  }

  /** Its jobs are lost, now: the thread may be in native code that ends later. */
  endForMemory(): void {
    if (this.#outOfMemory) return;
    this.#outOfMemory = true;
    this.#logger("error", "actions.out_of_memory", { jobs: this.#begun.size });
    this.#lose("out of memory");
    void this.#worker.terminate();
  }

  send(message: ToWorker): void {
    if (this.#alive) this.#worker.postMessage(message);
  }

  /** Takes no new jobs; the thread ends when the last one has. */
  retire(): void {
    this.#closing = true;
    if (this.#jobs.size === 0) void this.terminate();
  }

  /** Ends the thread at once; its jobs are lost. */
  async terminate(): Promise<void> {
    this.#closing = true;
    await this.#worker.terminate();
  }

  #lose(why: Lost): void {
    const listeners = [...this.#jobs.values()];
    this.#jobs.clear();
    this.#begun.clear();
    for (const listener of listeners) listener.lost(why);
  }

  #receive(message: FromWorker): void {
    this.#stuck = false;
    if (message.type === "ready") {
      this.#ready = true;
      return;
    }
    const listener = this.#jobs.get(message.job);
    if (listener === undefined) return;
    if (message.type === "started") {
      this.#begun.add(message.job);
      listener.started();
    } else listener.message(message);
  }
}
