/** Has a thread read an uploaded file, and gathers what it finds. */
import { Worker } from "node:worker_threads";
import type { ImportReport, ImportTask } from "./import-thread.ts";
import {
  ImportMistake,
  type ParsedComponent,
  type ParsedDocument,
  type ParsedFile,
  type ParsedImport,
} from "./parsed-import.ts";

/** Rejects with ImportMistake for what is wrong with the file; aborting ends the thread. */
export async function readUpload(task: ImportTask, signal: AbortSignal): Promise<ParsedImport> {
  const components = new Map<string, GrowingComponent>();
  const worker = new Worker(new URL("./import-thread.ts", import.meta.url), {
    workerData: task,
    name: "import",
  });
  const done = Promise.withResolvers<void>();
  worker.on("message", (report: ImportReport) => {
    if (report.kind === "done") done.resolve();
    else if (report.kind === "failed") done.reject(failure(report.message, report.mistake));
    else componentOf(components, report.component).add(report);
  });
  worker.on("error", done.reject);
  worker.on("exit", () => done.reject(new Error("The import's thread ended early.")));
  const stop = () => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await done.promise;
    return components;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

class GrowingComponent implements ParsedComponent {
  readonly tables = new Map<string, ParsedDocument[]>();
  readonly numbers = new Map<string, number>();
  files: readonly ParsedFile[] | null = null;

  add(report: Exclude<ImportReport, { readonly kind: "done" | "failed" }>): void {
    switch (report.kind) {
      case "component":
        return;
      case "table":
        this.tables.set(report.table, []);
        if (report.number !== null) this.numbers.set(report.table, report.number);
        return;
      case "documents":
        this.tables.get(report.table)?.push(...report.documents);
        return;
      case "files":
        this.files = report.files;
        return;
      default:
        report satisfies never;
    }
  }
}

function componentOf(components: Map<string, GrowingComponent>, path: string): GrowingComponent {
  const component = components.get(path) ?? new GrowingComponent();
  components.set(path, component);
  return component;
}

function failure(message: string, mistake: boolean): Error {
  return mistake ? new ImportMistake(message) : new Error(message);
}
