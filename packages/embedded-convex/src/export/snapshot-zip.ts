/**
 * Writes a snapshot as a zip, one page of documents at a time: memory does not grow
 * with the data.
 *
 * [EXPORT6] Every component is in it, in a folder of its own.
 * [EXPORT2] int64 is written without, float64 always with a fraction or an exponent.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { formatJson } from "../http/result-formats.ts";
import { documentsPath, filePath, markerPath, README, UNIFORM } from "./snapshot-layout.ts";
import type { SnapshotFile, SnapshotReader } from "./snapshot-reader.ts";

export interface ZipSources {
  readonly snapshot: SnapshotReader;
  /** Directory of the stored files' bytes; null leaves files out. */
  readonly filesDir: string | null;
}

/** Resolves once `target` is complete; rejects when anything cannot be read or written. */
export async function writeSnapshotZip(
  target: string,
  { snapshot, filesDir }: ZipSources,
): Promise<void> {
  const zip = new ZipFile();
  const failed = Promise.withResolvers<never>();
  zip.on("error", failed.reject);
  addText(zip, "README.md", README);
  for (const component of snapshot.components()) {
    addTables(zip, snapshot, component);
    if (filesDir !== null) await addFiles(zip, { snapshot, filesDir, component });
  }
  zip.end();
  const written = pipeline(
    zip.outputStream,
    createWriteStream(target, { mode: 0o600, flush: true }),
  );
  await Promise.race([written, failed.promise]);
}

function addTables(zip: ZipFile, snapshot: SnapshotReader, component: string): void {
  const tables = snapshot.tables(component);
  const numbers = tables.map(({ name, number }) => `${JSON.stringify({ name, id: number })}\n`);
  addText(zip, documentsPath(component, "_tables"), numbers.join(""));
  for (const table of tables) {
    addStream(zip, documentsPath(component, table.name), () =>
      Readable.from(lines(snapshot.documents(table)), { objectMode: false }),
    );
    addText(zip, markerPath(component, table.name), UNIFORM);
  }
}

function* lines(pages: Iterable<readonly string[]>): Generator<Buffer> {
  for (const page of pages) {
    yield Buffer.from(page.map((json) => `${formatJson(json, "export")}\n`).join(""));
  }
}

interface FileSources {
  readonly snapshot: SnapshotReader;
  readonly filesDir: string;
  readonly component: string;
}

async function addFiles(
  zip: ZipFile,
  { snapshot, filesDir, component }: FileSources,
): Promise<void> {
  const files = [...snapshot.files(component)];
  addText(zip, documentsPath(component, "_storage"), files.map(fileLine).join(""));
  for (const { row, storageId } of files) {
    const path = join(filesDir, storageId);
    await stat(path); // missing bytes end the export here rather than leave a gap in it
    const contentType = typeof row.contentType === "string" ? row.contentType : null;
    addStream(zip, filePath(component, row._id, contentType), () => createReadStream(path));
  }
}

function fileLine({ row, storageId }: SnapshotFile): string {
  return `${JSON.stringify({ ...row, internalId: storageId })}\n`;
}

function addText(zip: ZipFile, path: string, text: string): void {
  zip.addBuffer(Buffer.from(text), path);
}

/** Opened when its turn comes; an error of the stream ends the zip. */
function addStream(zip: ZipFile, path: string, open: () => Readable): void {
  zip.addReadStreamLazy(path, (use) => {
    const stream = open();
    stream.on("error", (error) => zip.emit("error", error));
    use(null, stream);
  });
}
