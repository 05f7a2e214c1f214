/**
 * Snapshot exports: one at a time, in a thread, into a file that is kept for a while.
 *
 *   requested -> in_progress -> completed     its zip can be fetched for a day
 *        \------------\-------> failed        also when the process ended meanwhile
 *
 * [EXPORT1] An export is one snapshot: everything acknowledged before it was asked for,
 *           nothing half of a transaction; writes go on meanwhile.
 * [EXPORT3] Only one export runs at a time: another is refused with ExportInProgress.
 * [EXPORT4] An export cut short by the end of the process has failed and leaves no file.
 * [EXPORT5] The two newest zips are kept, for a day.
 */
import { createReadStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Database } from "../database/types.ts";
import { type HttpAnswer, HttpError } from "../http/exchange.ts";
import type { Clock, Logger } from "../rooms.ts";
import { DATABASE_FILE } from "../store/format.ts";
import {
  changeExports,
  type ExportRow,
  insertExport,
  isUnderway,
  patchExport,
  readExports,
  removeExport,
} from "./export-rows.ts";
import type { ExportReport, ExportTask } from "./export-thread.ts";

export interface ExportsOptions {
  readonly dir: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly instanceName: string;
}

export interface Exports {
  /** Resolves once the export has begun. Throws HttpError 400 ExportInProgress. */
  request(includeStorage: boolean): Promise<void>;
  /** The zip of the snapshot with this decimal timestamp. Throws HttpError 400 ExportNotFound. */
  download(startTs: string): Promise<HttpAnswer>;
  /** Ends a running export: it failed. */
  close(): Promise<void>;
}

const KEPT = 2;
const KEEP_MS = 24 * 3_600_000;

/** Settles what a previous process left. */
export async function openExports(options: ExportsOptions): Promise<Exports> {
  const exports = new LocalExports(options);
  await exports.recover();
  return exports;
}

class LocalExports implements Exports {
  readonly #options: ExportsOptions;
  readonly #zipDir: string;
  #running: Promise<void> = Promise.resolve();
  #worker: Worker | null = null;
  #stopForgetting = () => {};
  #closed = false;

  constructor(options: ExportsOptions) {
    this.#options = options;
    this.#zipDir = join(options.dir, "exports");
  }

  async recover(): Promise<void> {
    await mkdir(this.#zipDir, { recursive: true, mode: 0o700 });
    await changeExports(this.#options.database, (tx) => {
      for (const row of readExports(tx).filter(isUnderway)) {
        patchExport(tx, row._id, { state: "failed" });
      }
    });
    await this.#forgetOld();
  }

  async request(includeStorage: boolean): Promise<void> {
    const id = await changeExports(this.#options.database, (tx) => {
      if (readExports(tx).some(isUnderway)) throw inProgress();
      return insertExport(tx, includeStorage);
    });
    this.#running = this.#run(id, includeStorage);
  }

  async download(startTs: string): Promise<HttpAnswer> {
    const row = this.#rows().find((each) => each.startTs === startTs);
    if (row?.state !== "completed") throw notFound(startTs);
    const path = this.#zipOf(row._id);
    const { size } = await stat(path).catch(() => {
      throw notFound(startTs);
    });
    const name = `snapshot_${this.#options.instanceName}_${startTs}.zip`;
    return {
      status: 200,
      headers: [
        ["Content-Type", "application/zip"],
        ["Content-Length", String(size)],
        ["Content-Disposition", `attachment; filename=${name.replace(/[^\w.-]/g, "_")}`],
      ],
      body: bytesOf(path),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopForgetting();
    await this.#worker?.terminate();
    await this.#running;
  }

  /** Never rejects. */
  async #run(id: string, includeStorage: boolean): Promise<void> {
    const { dir, database, clock, logger } = this.#options;
    try {
      await this.#inThread(
        {
          databasePath: join(dir, DATABASE_FILE),
          filesDir: includeStorage ? join(dir, "files") : null,
          target: this.#zipOf(id),
        },
        (ts) => this.#patch(id, { state: "in_progress", startTs: String(ts) }),
      );
      await this.#patch(id, { state: "completed", completeTs: String(clock.nowNs()) });
      await this.#forgetOld();
    } catch (error) {
      if (this.#closed) return; // the next start settles it
      logger("error", "export.failed", { error: String(error) });
      await changeExports(database, (tx) => patchExport(tx, id, { state: "failed" })).catch(
        (again) => logger("error", "export.state_lost", { error: String(again) }),
      );
    }
  }

  async #inThread(task: ExportTask, onBegan: (ts: bigint) => Promise<void>): Promise<void> {
    const worker = new Worker(new URL("./export-thread.ts", import.meta.url), {
      workerData: task,
      name: "export",
    });
    this.#worker = worker;
    const done = Promise.withResolvers<void>();
    let began: Promise<void> = Promise.resolve();
    worker.on("message", (report: ExportReport) => {
      if (report.kind === "failed") done.reject(new Error(report.message));
      else if (report.kind === "done") done.resolve();
      else {
        began = onBegan(report.ts);
        began.catch(done.reject);
      }
    });
    worker.on("error", done.reject);
    worker.on("exit", () => done.reject(new Error("The export's thread ended early.")));
    await done.promise;
    await began;
  }

  async #patch(id: string, fields: Partial<ExportRow>): Promise<void> {
    await changeExports(this.#options.database, (tx) => patchExport(tx, id, fields));
  }

  /** Removes rows and files that are too many or too old, and files nobody knows. */
  async #forgetOld(): Promise<void> {
    const { database, clock } = this.#options;
    const kept = await changeExports(database, (tx) => {
      const oldest = clock.nowMs() - KEEP_MS;
      const rows = readExports(tx);
      const isKept = (row: ExportRow, i: number) =>
        isUnderway(row) || (i < KEPT && Number(row.completeTs) / 1e6 > oldest);
      // The newest row stays: it says how the last export ended.
      rows.forEach((row, i) => {
        if (i > 0 && !isKept(row, i)) removeExport(tx, row._id);
      });
      return new Set(rows.filter(isKept).map(({ _id }) => `${_id}.zip`));
    });
    for (const name of await readdir(this.#zipDir)) {
      if (!kept.has(name)) await rm(join(this.#zipDir, name), { force: true });
    }
    this.#stopForgetting();
    if (kept.size > 0 && !this.#closed) {
      this.#stopForgetting = clock.after(KEEP_MS, () => void this.#forgetLater());
    }
  }

  async #forgetLater(): Promise<void> {
    const { logger } = this.#options;
    await this.#forgetOld().catch((error) =>
      logger("warn", "export.cleanup_failed", { error: String(error) }),
    );
  }

  #rows(): ExportRow[] {
    const tx = this.#options.database.begin({ durable: true });
    try {
      return readExports(tx);
    } finally {
      tx.close();
    }
  }

  #zipOf(id: string): string {
    return join(this.#zipDir, `${id}.zip`);
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

function inProgress(): HttpError {
  return new HttpError(400, "ExportInProgress", "There is already an export in progress.");
}

function notFound(startTs: string): HttpError {
  return new HttpError(400, "ExportNotFound", `There is no finished export at ${startTs}.`);
}
