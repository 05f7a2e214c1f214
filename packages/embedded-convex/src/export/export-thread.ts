/**
 * The thread of one export: reads a snapshot and writes a zip, so that the main thread
 * goes on delivering. Ends by itself.
 */
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { lowerPriority } from "../low-priority.ts";
import { holdFiles } from "../store/file-hold.ts";
import { SnapshotReader } from "./snapshot-reader.ts";
import { writeSnapshotZip } from "./snapshot-zip.ts";

export interface ExportTask {
  /** The store's file. */
  readonly databasePath: string;
  /** Null leaves files out. */
  readonly filesDir: string | null;
  /** Appears under this name only once it is whole. */
  readonly target: string;
}

export type ExportReport =
  | { readonly kind: "began"; readonly ts: bigint }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string };

async function run({ databasePath, filesDir, target }: ExportTask): Promise<void> {
  const unfinished = `${target}.part`;
  const hold = filesDir === null ? null : holdFiles(dirname(databasePath));
  const snapshot = new SnapshotReader(databasePath);
  try {
    report({ kind: "began", ts: snapshot.ts });
    await writeSnapshotZip(unfinished, { snapshot, filesDir });
    await rename(unfinished, target);
    report({ kind: "done" });
  } finally {
    snapshot.close();
    hold?.release();
    await rm(unfinished, { force: true });
  }
}

function report(message: ExportReport): void {
  parentPort?.postMessage(message);
}

lowerPriority();
try {
  await run(workerData as ExportTask);
} catch (error) {
  report({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}
