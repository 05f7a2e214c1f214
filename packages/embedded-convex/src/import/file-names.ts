/**
 * Under which name the bytes of an imported file lie. URLs name files by it, so they go on
 * working where a file keeps the name it had.
 *
 *   nothing there                                         they take the name
 *   the same bytes (left by an import that failed,        those are the file; its own copy is kept
 *   or of the row that this import replaces)              aside, should another row have the name
 *   other bytes                                           a new name
 *
 * Call it while the files are held (`store/file-hold.ts`): a sweep must not take bytes that
 * nobody wanted until now.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rename, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { WrittenFile } from "../http/file-bytes.ts";
import { isStorageUuid } from "../http/file-storage.ts";
import { syncFolder } from "../store/durable-files.ts";

export interface NamedBytes {
  readonly storageId: string;
  /** The same bytes under a name of this import's own; null when there is but one copy. */
  readonly spareId: string | null;
}

/** `written` has just been written to `filesDir`. */
export async function nameBytes(
  filesDir: string,
  { storageId, sha256 }: WrittenFile,
  wanted: unknown,
): Promise<NamedBytes> {
  const own = { storageId, spareId: null };
  if (typeof wanted !== "string" || !isStorageUuid(wanted)) return own;
  const place = join(filesDir, wanted);
  const taken = await stat(place).catch(() => null);
  if (taken === null) {
    await rename(join(filesDir, storageId), place);
    await syncFolder(filesDir); // before any row names the file
    return { storageId: wanted, spareId: null };
  }
  if ((await sha256Of(place)) !== sha256) return own;
  const now = new Date();
  await utimes(place, now, now); // the sweep counts from here again
  return { storageId: wanted, spareId: storageId };
}

/** Base64. */
async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest("base64");
}
