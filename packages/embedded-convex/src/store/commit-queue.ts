/**
 * Group commit: hands commits to the writer thread in batches, one in flight.
 *
 *   enqueue a, b, c      [a] ---- written      [b c] ---- written
 *                         ^ b, c wait here       ^ one sync for both
 *
 * Commits become durable in the order they were queued. After a failed write
 * nothing more is accepted and nothing that was waiting ever counts as durable.
 */
import { Worker } from "node:worker_threads";
import { StoreError } from "../errors.ts";
import type { CommitRows, FromWriter, ToWriter } from "./messages.ts";
import { packBatch } from "./packed-batch.ts";

/** The disk starts on these while the rest of the turn's commits are still being made. */
const ENOUGH_TO_SEND = 16;

interface CommitQueueEvents {
  /** The writer thread tells of something: called before anybody learns of it. */
  readonly onNews: () => void;
  /** The first `count` commits of the queue are on disk; committing them took `commitMs`. */
  readonly onWritten: (count: number, commitMs: number) => void;
  readonly onFailure: (error: StoreError) => void;
  readonly onCheckpointFailure: (reason: string) => void;
}

export class CommitQueue {
  readonly #worker: Worker;
  readonly #reports = new Map<number, (report: unknown) => void>();
  #nextTask = 1;
  #events: CommitQueueEvents = {
    onNews: () => undefined,
    onWritten: () => undefined,
    onFailure: () => undefined,
    onCheckpointFailure: () => undefined,
  };
  #waiting: CommitRows[] = [];
  #inFlight = 0;
  #failure: StoreError | null = null;
  #ended = false;
  #closed: { promise: Promise<void>; resolve: () => void } | null = null;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: FromWriter) => this.#receive(message));
    worker.on("error", (error) => this.#fail(error.message));
    worker.on("exit", () => this.#exited());
  }

  /** Starts the thread; resolves when the file is open. Rejects with what it says otherwise. */
  static async start(threadUrl: URL, workerData: unknown): Promise<CommitQueue> {
    const worker = new Worker(threadUrl, { workerData, name: "writer" });
    await ready(worker);
    return new CommitQueue(worker);
  }

  /** To be called before the first `enqueue`. */
  listen(events: CommitQueueEvents): void {
    this.#events = events;
  }

  get failure(): StoreError | null {
    return this.#failure;
  }

  enqueue(commit: CommitRows): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closed !== null) throw new StoreError("The database is closed.");
    this.#waiting.push(commit);
    if (this.#inFlight === 0) this.#sendSoon();
  }

  /** Starts work in the writer thread that yields to batches. Returns the way to cancel. */
  startTask(task: unknown, onReport: (report: unknown) => void): () => void {
    const id = this.#nextTask++;
    this.#reports.set(id, onReport);
    this.#post({ kind: "task", id, task });
    return () => {
      if (this.#reports.delete(id)) this.#post({ kind: "cancelTask", id });
    };
  }

  /** Resolves once what is queued is written and the thread has ended. Safe to repeat. */
  close(): Promise<void> {
    if (this.#closed === null) {
      this.#closed = Promise.withResolvers<void>();
      this.#reports.clear();
      if (this.#ended) this.#closed.resolve();
      else if (this.#failure !== null) void this.#worker.terminate();
      else if (this.#inFlight + this.#waiting.length === 0) this.#post({ kind: "close" });
    }
    return this.#closed.promise;
  }

  /** Mutations that ended in one turn commit in consecutive microtasks, and go together. */
  #sendSoon(): void {
    if (this.#waiting.length >= ENOUGH_TO_SEND) this.#send();
    if (this.#waiting.length !== 1) return; // the first one has seen to it
    queueMicrotask(() => {
      if (this.#inFlight === 0 && this.#waiting.length > 0) this.#send();
    });
  }

  #send(): void {
    const commits = this.#waiting;
    this.#waiting = [];
    this.#inFlight = commits.length;
    this.#post(packBatch(commits));
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWriter): void {
    this.#events.onNews();
    if (message.kind === "written") this.#written(message.commitMs);
    else if (message.kind === "failed") this.#fail(message.message);
    else if (message.kind === "checkpointFailed") this.#events.onCheckpointFailure(message.message);
    else if (message.kind === "taskReport") this.#reports.get(message.id)?.(message.report);
  }

  #written(commitMs: number): void {
    const count = this.#inFlight;
    this.#inFlight = 0;
    // The next batch leaves first, so that the disk works while the listeners do.
    if (this.#waiting.length > 0) this.#send();
    else if (this.#closed !== null) this.#post({ kind: "close" });
    this.#events.onWritten(count, commitMs);
  }

  #fail(reason: string): void {
    if (this.#failure !== null) return;
    this.#failure = new StoreError(`Writing to the data directory failed: ${reason}`);
    this.#waiting = [];
    void this.#worker.terminate();
    this.#events.onFailure(this.#failure);
  }

  #exited(): void {
    this.#ended = true;
    if (this.#closed !== null) this.#closed.resolve();
    else this.#fail("the writer thread ended");
  }
}

function ready(worker: Worker): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onMessage = (message: FromWriter) => {
    if (message.kind === "ready") resolve();
    else if (message.kind === "failed") reject(new StoreError(message.message));
  };
  const onExit = () => reject(new StoreError("The writer thread ended at start."));
  worker.on("message", onMessage).on("error", reject).on("exit", onExit);
  return promise.finally(() => {
    worker.off("message", onMessage).off("error", reject).off("exit", onExit);
  });
}
