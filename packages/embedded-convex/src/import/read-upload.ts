/** Has a thread read an uploaded file, and gathers what it finds. */
import { Worker } from "node:worker_threads";
import type { ImportReport, ImportTask } from "./import-thread.ts";
import {
  ImportMistake,
  type ParsedDocument,
  type ParsedFile,
  type ParsedImport,
} from "./parsed-import.ts";

/** Rejects with ImportMistake for what is wrong with the file; aborting ends the thread. */
export async function readUpload(task: ImportTask, signal: AbortSignal): Promise<ParsedImport> {
  const tables = new Map<string, ParsedDocument[]>();
  const numbers = new Map<string, number>();
  let files: readonly ParsedFile[] | null = null;
  const worker = new Worker(new URL("./import-thread.ts", import.meta.url), {
    workerData: task,
    name: "import",
  });
  const done = Promise.withResolvers<void>();
  worker.on("message", (report: ImportReport) => {
    if (report.kind === "done") done.resolve();
    else if (report.kind === "failed") done.reject(failure(report.message, report.mistake));
    else if (report.kind === "files") files = report.files;
    else if (report.kind === "documents") tables.get(report.table)?.push(...report.documents);
    else {
      tables.set(report.table, []);
      if (report.number !== null) numbers.set(report.table, report.number);
    }
  });
  worker.on("error", done.reject);
  worker.on("exit", () => done.reject(new Error("The import's thread ended early.")));
  const stop = () => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await done.promise;
    return { tables, numbers, files };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function failure(message: string, mistake: boolean): Error {
  return mistake ? new ImportMistake(message) : new Error(message);
}
