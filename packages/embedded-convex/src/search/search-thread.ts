/** A thread that is started when it is first needed, and again after it ended unexpectedly. */
import { Worker } from "node:worker_threads";
import { StoreError } from "../errors.ts";

interface ThreadEvents<From> {
  readonly onMessage: (message: From) => void;
  /** What was asked and not answered never will be. */
  readonly onEnd: (reason: string) => void;
}

export class SearchThread<To, From> {
  readonly #url: URL;
  readonly #path: string;
  readonly #events: ThreadEvents<From>;
  #worker: Worker | null = null;
  #closed = false;

  /** `path` of the store's file, which the thread reads. */
  constructor(url: URL, path: string, events: ThreadEvents<From>) {
    this.#url = url;
    this.#path = path;
    this.#events = events;
  }

  /** Throws StoreError once closed. */
  post(message: To): void {
    if (this.#closed) throw new StoreError("The database is closed.");
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    this.#events.onEnd("The database is closed.");
  }

  #start(): Worker {
    const worker = new Worker(this.#url, { workerData: this.#path });
    worker.on("message", (message: From) => this.#events.onMessage(message));
    worker.on("error", (error) => this.#ended(worker, error.message));
    worker.on("exit", () => this.#ended(worker, "its thread ended"));
    worker.unref();
    return worker;
  }

  #ended(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#events.onEnd(`Searching failed: ${reason}`);
  }
}
