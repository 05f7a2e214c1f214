/**
 * Bytes of stored files: one file per UUID in a directory. Knows nothing of rows.
 *
 * [HTTP21] A file has its final name only once all of it is synced to disk.
 */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, syncFolder } from "../store/durable-files.ts";

export interface WrittenFile {
  readonly storageId: string;
  readonly size: number;
  /** Base64. */
  readonly sha256: string;
}

export interface FileBytes {
  /** Resolves once the bytes would survive a power cut. A failed write leaves nothing. */
  write(bytes: AsyncIterable<Uint8Array>): Promise<WrittenFile>;
  read(storageId: string): Promise<Uint8Array>;
  /** From `start` to `end`, both included. */
  stream(storageId: string, range?: { start: number; end: number }): AsyncIterable<Uint8Array>;
  remove(storageId: string): Promise<void>;
  /** Names of finished and unfinished files, with when they were last written. */
  list(): Promise<{ readonly name: string; readonly writtenAtMs: number }[]>;
}

export async function openFileBytes(dir: string): Promise<FileBytes> {
  await makeFolder(dir);
  const place = (storageId: string) => join(dir, storageId);
  return {
    write: (bytes) => write(dir, bytes),
    read: (storageId) => readFile(place(storageId)),
    stream: (storageId, range) => stream(place(storageId), range),
    remove: (storageId) => rm(place(storageId), { force: true }),
    list: () => list(dir),
  };
}

/** Opens the file only when somebody reads. */
async function* stream(
  path: string,
  range: { readonly start: number; readonly end: number } | undefined,
): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, range) as AsyncIterable<Uint8Array>;
}

async function write(dir: string, bytes: AsyncIterable<Uint8Array>): Promise<WrittenFile> {
  const storageId = randomUUID();
  const unfinished = join(dir, `${storageId}.part`);
  try {
    const written = await writeThrough(unfinished, bytes);
    await rename(unfinished, join(dir, storageId));
    await syncFolder(dir);
    return { storageId, ...written };
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function writeThrough(path: string, bytes: AsyncIterable<Uint8Array>) {
  const hash = createHash("sha256");
  let size = 0;
  await using file = await open(path, "wx");
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
    await file.writeFile(chunk);
  }
  await file.sync();
  return { size, sha256: hash.digest("base64") };
}

async function list(dir: string) {
  const names = await readdir(dir);
  const entries = names.map(async (name) => {
    const found = await stat(join(dir, name)).catch(() => null); // may go meanwhile
    return found === null ? [] : [{ name, writtenAtMs: found.mtimeMs }];
  });
  return (await Promise.all(entries)).flat();
}
