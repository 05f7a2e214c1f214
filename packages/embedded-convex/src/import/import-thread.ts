/**
 * The thread that reads one uploaded file: documents go to the main thread in batches,
 * bytes of stored files straight to their place. Ends by itself.
 */
import { createReadStream } from "node:fs";
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { openFileBytes } from "../http/file-bytes.ts";
import { lowerPriority } from "../low-priority.ts";
import { holdFiles } from "../store/file-hold.ts";
import { csv, jsonArray, jsonLines } from "./document-files.ts";
import { nameBytes } from "./file-names.ts";
import {
  type ImportFormat,
  ImportMistake,
  type ParsedDocument,
  type ParsedFile,
} from "./parsed-import.ts";
import { type ComponentContents, openSnapshot } from "./snapshot-files.ts";
import { TextBudget } from "./text-lines.ts";

export interface ImportTask {
  readonly path: string;
  readonly format: ImportFormat;
  /** Absent for a zip. */
  readonly table: string | null;
  /** Path of the component that the file's data belongs to. */
  readonly component: string;
  /** Directory of stored files' bytes, in the data directory. */
  readonly filesDir: string;
}

export type ImportReport =
  | { readonly kind: "component"; readonly component: string }
  | {
      readonly kind: "table";
      readonly component: string;
      readonly table: string;
      readonly number: number | null;
    }
  | {
      readonly kind: "documents";
      readonly component: string;
      readonly table: string;
      readonly documents: readonly ParsedDocument[];
    }
  | { readonly kind: "files"; readonly component: string; readonly files: readonly ParsedFile[] }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string; readonly mistake: boolean };

const BATCH = 200; // what the main thread takes over at a time: below a millisecond

async function run(task: ImportTask): Promise<void> {
  const { component, filesDir, format } = task;
  if (format === "zip") {
    for (const [path, contents] of await openSnapshot(task.path, component))
      await readComponent(path, contents, filesDir);
    return;
  }
  const table = task.table ?? "";
  report({ kind: "table", component, table, number: null });
  await send({ component, table }, documentsOf(task));
}

function documentsOf({ path, format }: ImportTask): AsyncIterable<ParsedDocument> {
  const bytes = createReadStream(path);
  const budget = new TextBudget();
  if (format === "csv") return csv(bytes, budget);
  if (format === "jsonArray") return jsonArray(bytes, budget);
  return jsonLines(bytes, { name: "The file's", uniform: false, budget });
}

async function readComponent(
  component: string,
  contents: ComponentContents,
  filesDir: string,
): Promise<void> {
  report({ kind: "component", component });
  for (const table of contents.tables) {
    report({ kind: "table", component, table, number: contents.numbers.get(table) ?? null });
    await send({ component, table }, contents.documents(table));
  }
  if (contents.fileRows === null) return;
  const hold = holdFiles(dirname(filesDir));
  try {
    const files: ParsedFile[] = [];
    for (const row of contents.fileRows) files.push(await storeFile(contents, row, filesDir));
    report({ kind: "files", component, files });
  } finally {
    hold.release();
  }
}

async function send(
  place: { readonly component: string; readonly table: string },
  documents: AsyncIterable<ParsedDocument>,
): Promise<void> {
  let batch: ParsedDocument[] = [];
  for await (const document of documents) {
    batch.push(document);
    if (batch.length < BATCH) continue;
    report({ kind: "documents", ...place, documents: batch });
    batch = [];
  }
  report({ kind: "documents", ...place, documents: batch });
}

async function storeFile(
  contents: ComponentContents,
  { where, value }: ParsedDocument,
  filesDir: string,
): Promise<ParsedFile> {
  const { internalId, ...row } = value;
  const bytes = await contents.file(String(row._id));
  if (bytes === null) throw new ImportMistake(`${where}: the zip has no bytes for this file`);
  const written = await (await openFileBytes(filesDir)).write(bytes);
  if (row.sha256 !== undefined && row.sha256 !== written.sha256) {
    throw new ImportMistake(`${where}: the bytes do not have the sha256 of the row`);
  }
  const { sha256, size } = written;
  const named = await nameBytes(filesDir, written, internalId);
  return { where, row: { ...row, sha256, size }, ...named };
}

function report(message: ImportReport): void {
  parentPort?.postMessage(message);
}

lowerPriority();
try {
  await run(workerData as ImportTask);
  report({ kind: "done" });
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  report({ kind: "failed", message, mistake: error instanceof ImportMistake });
}
