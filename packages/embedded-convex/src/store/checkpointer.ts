/**
 * Decides when the write-ahead log is moved into the database, and has it done in a
 * thread of its own: a checkpoint takes tens of milliseconds, and no commit waits for it.
 *
 * The log starts over only when a checkpoint reaches its end. Under unbroken load it may
 * never do so; then, before the log grows without bound, one is done in line.
 *
 * A checkpoint that fails has lost nothing: what it was to move stays in the log, is read
 * from there and is moved by a later one. It is reported, and commits go on.
 */
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";

/** Rows written since the last checkpoint that make one worth while (about 4 MB of log). */
const DUE_AFTER_ROWS = 4000;
/** Rows in the log at which commits must wait for a checkpoint (very roughly 100 MB). */
const OVERDUE_AFTER_ROWS = 100_000;

/** What one checkpoint reports: frames in the log, and how many of them are in the database. */
export interface CheckpointReport {
  readonly logFrames: number;
  readonly movedFrames: number;
}

export class Checkpointer {
  readonly #path: string;
  readonly #sqlite: DatabaseSync;
  readonly #onFailure: (reason: string) => void;
  #worker: Worker | null = null;
  #running = false;
  #rowsSinceStart = 0;
  #rowsInLog = 0;

  /** `sqlite` is the write connection, for the checkpoint in line. */
  constructor(path: string, sqlite: DatabaseSync, onFailure: (reason: string) => void) {
    this.#path = path;
    this.#sqlite = sqlite;
    this.#onFailure = onFailure;
  }

  /** Between batches; `rows` were written since the last call. */
  afterWriting(rows: number): void {
    this.#rowsSinceStart += rows;
    this.#rowsInLog += rows;
    if (this.#rowsInLog > OVERDUE_AFTER_ROWS) this.#runInLine();
    else if (this.#rowsSinceStart > DUE_AFTER_ROWS && !this.#running) this.#start();
  }

  /** Moves all of the log, and resolves when the thread has let go of the file. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = null;
    this.#checkpoint("TRUNCATE"); // all in one file, whoever looks at it next
  }

  #start(): void {
    this.#worker ??= this.#startThread();
    this.#running = true;
    this.#rowsSinceStart = 0;
    this.#worker.postMessage("checkpoint");
  }

  #startThread(): Worker {
    const url = new URL("./checkpoint-thread.ts", import.meta.url);
    const worker = new Worker(url, { workerData: this.#path, name: "checkpoint" });
    worker.on("message", (report: CheckpointReport) => this.#finished(report));
    worker.on("error", (error) => {
      this.#worker = null; // the next one that is due gets a new thread
      this.#running = false;
      this.#rowsSinceStart = 0;
      this.#onFailure(error.message);
    });
    worker.unref();
    return worker;
  }

  #finished({ logFrames, movedFrames }: CheckpointReport): void {
    this.#running = false;
    if (movedFrames >= logFrames) this.#rowsInLog = this.#rowsSinceStart;
  }

  #runInLine(): void {
    const isMoved = this.#checkpoint("PASSIVE");
    this.#rowsSinceStart = 0;
    this.#rowsInLog = isMoved ? 0 : OVERDUE_AFTER_ROWS - DUE_AFTER_ROWS;
  }

  #checkpoint(mode: "PASSIVE" | "TRUNCATE"): boolean {
    try {
      this.#sqlite.exec(`PRAGMA wal_checkpoint(${mode})`);
      return true;
    } catch (error) {
      this.#onFailure(error instanceof Error ? error.message : String(error));
      return false;
    }
  }
}
