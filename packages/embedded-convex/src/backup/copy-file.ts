/** Copies and checksums of whole files, synced to disk. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

export interface FileSum {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

const OWNER_ONLY = 0o600;

export async function sumFile(path: string): Promise<FileSum> {
  return await summed(path, async () => {});
}

/** The sum is of the bytes that were written. `target` must not exist. */
export async function copyFile(source: string, target: string): Promise<FileSum> {
  await using file = await open(target, "wx", OWNER_ONLY);
  const sum = await summed(source, (chunk) => file.writeFile(chunk));
  await file.sync();
  return sum;
}

export async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx", OWNER_ONLY);
  await file.writeFile(text);
  await file.sync();
}

/** For a file another program wrote, and for folders: their names are on disk, too. */
export async function syncPath(path: string): Promise<void> {
  await using file = await open(path, "r");
  await file.sync();
}

async function summed(path: string, use: (chunk: Buffer) => Promise<void>): Promise<FileSum> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    await use(chunk);
  }
  return { bytes, sha256: hash.digest("hex") };
}
