/**
 * The writer thread: owns the write connection, writes one batch at a time, and does
 * slow work (building indexes, validating documents) in slices between batches.
 */
import { parentPort, workerData } from "node:worker_threads";
import { StoreError } from "../errors.ts";
import { SearchTables } from "../search/search-tables.ts";
import { Checkpointer } from "../store/checkpointer.ts";
import { openForWriting } from "../store/format.ts";
import type { Batch, FromWriter, ToWriter } from "../store/messages.ts";
import { unpackBatch } from "../store/packed-batch.ts";
import { WriteConnection } from "../store/write-connection.ts";
import type { TableInfo } from "./catalog.ts";
import { runTask, type WriterTask } from "./survey.ts";
import { keepSystemIndexes } from "./system-index-upkeep.ts";

export interface WriterThreadData {
  readonly path: string;
  /** Random bytes for a new store. */
  readonly secret: Uint8Array;
  readonly systemTables: readonly TableInfo[];
}

if (parentPort === null) throw new Error("The writer thread was started as a program.");
const port = parentPort;

function post(message: FromWriter): void {
  port.postMessage(message);
}

class WriterThread {
  readonly #connection: WriteConnection;
  readonly #searches: SearchTables;
  readonly #checkpointer: Checkpointer;
  readonly #tasks = new Map<number, Generator<void>>();

  constructor({ path, secret, systemTables }: WriterThreadData) {
    const sqlite = openForWriting(path, secret);
    this.#searches = new SearchTables(sqlite);
    this.#connection = new WriteConnection(sqlite, this.#searches);
    this.#checkpointer = new Checkpointer(path, sqlite, (message) =>
      post({ kind: "checkpointFailed", message }),
    );
    keepSystemIndexes(this.#connection, systemTables);
  }

  async receive(message: ToWriter): Promise<void> {
    if (message.kind === "batch") this.#write(unpackBatch(message));
    else if (message.kind === "task") this.#startTask(message.id, message.task);
    else if (message.kind === "cancelTask") this.#tasks.delete(message.id);
    else await this.#close();
  }

  #write(batch: Batch): void {
    try {
      this.#connection.writeBatch(batch);
    } catch (error) {
      post({ kind: "failed", message: messageOf(error) });
      return;
    }
    post({ kind: "written", commitMs: this.#connection.lastCommitMs });
    this.#checkpointer.afterWriting(this.#connection.takeRowsWritten());
  }

  /** The main thread sends only tasks of this kind. */
  #startTask(id: number, task: unknown): void {
    const report = (found: unknown) => post({ kind: "taskReport", id, report: found });
    const store = { connection: this.#connection, searches: this.#searches };
    this.#tasks.set(id, runTask(store, task as WriterTask, report));
    if (this.#tasks.size === 1) setImmediate(() => this.#runSlice());
  }

  /** One slice of the oldest task, then whatever has arrived meanwhile. */
  #runSlice(): void {
    const [oldest] = this.#tasks;
    if (oldest === undefined) return;
    const [id, task] = oldest;
    try {
      if (task.next().done === true) this.#tasks.delete(id);
    } catch (error) {
      this.#tasks.clear();
      post({ kind: "failed", message: messageOf(error) });
    }
    this.#checkpointer.afterWriting(this.#connection.takeRowsWritten());
    setImmediate(() => this.#runSlice());
  }

  async #close(): Promise<void> {
    this.#tasks.clear();
    await this.#checkpointer.close();
    this.#connection.close();
    port.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  const thread = new WriterThread(workerData as WriterThreadData);
  port.on("message", (message: ToWriter) => void thread.receive(message));
  post({ kind: "ready" });
} catch (error) {
  const reason = messageOf(error);
  const message =
    error instanceof StoreError ? reason : `The data directory cannot be opened: ${reason}`;
  post({ kind: "failed", message });
  port.close();
}
