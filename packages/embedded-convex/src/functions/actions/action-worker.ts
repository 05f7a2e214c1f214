/** An action worker as the main thread sees it: its thread, and the jobs it was given. */
import { Worker } from "node:worker_threads";
import type { Logger } from "../../rooms.ts";
import type { FromWorker, Job, ToWorker, WorkerSetup } from "./protocol.ts";

/** What becomes of one job. Each is called from the worker's messages, in order. */
export interface JobListener {
  started(): void;
  message(message: FromWorker): void;
  /** The worker died; nothing more comes. */
  lost(): void;
}

const MAX_HEAP_MB = 512; // of all actions a worker runs; one that goes beyond ends the worker, not the engine

export class ActionWorker {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, JobListener>();
  readonly #begun = new Set<number>();
  readonly #logger: Logger;
  #alive = true;
  #closing = false;

  /** `onDeath` once, when it ended without being closed. */
  constructor(
    setup: WorkerSetup,
    env: Readonly<Record<string, string>>,
    logger: Logger,
    onDeath: () => void,
  ) {
    this.#logger = logger;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: setup,
      env: { ...env },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
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
      for (const listener of [...this.#jobs.values()]) listener.lost();
      this.#jobs.clear();
      this.#begun.clear();
      if (!this.#closing) onDeath();
    });
  }

  get isAlive(): boolean {
    return this.#alive && !this.#closing;
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

  /** The job is over, or was withdrawn: what still comes of it is not wanted. */
  forget(jobId: number): void {
    this.#jobs.delete(jobId);
    this.#begun.delete(jobId);
    if (this.#closing && this.#jobs.size === 0) void this.terminate();
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

  #receive(message: FromWorker): void {
    if (message.type === "ready") return;
    const listener = this.#jobs.get(message.job);
    if (listener === undefined) return;
    if (message.type === "started") {
      this.#begun.add(message.job);
      listener.started();
    } else listener.message(message);
  }
}
