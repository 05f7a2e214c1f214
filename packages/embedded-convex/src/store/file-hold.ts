/**
 * Keeps the bytes of stored files while somebody copies a snapshot that needs them.
 *
 *   copying   shared, many at a time      \  of one lock file, held through SQLite, so that
 *   sweeping  alone, or not at all        /   it ends with the process, however that ends
 *
 * A sweep that finds somebody copying leaves it for the next time. Whoever copies takes
 * the hold before the snapshot: what the snapshot names is then there until the end.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const LOCK_FILE = "files-lock.sqlite";
const SQLITE_BUSY = 5;
const WAIT_FOR_SWEEP_MS = 60_000;

export interface FileHold {
  release(): void;
}

/** Waits until no sweep is under way: blocks the thread, so not for the main one. */
export function holdFiles(dir: string): FileHold {
  const sqlite = new DatabaseSync(join(dir, LOCK_FILE));
  sqlite.exec(`PRAGMA busy_timeout = ${WAIT_FOR_SWEEP_MS}; BEGIN`);
  sqlite.prepare("SELECT count(*) FROM sqlite_schema").get(); // takes the shared lock
  return { release: () => sqlite.close() };
}

/** Null while somebody holds the files. */
export function trySweepHold(dir: string): FileHold | null {
  const sqlite = new DatabaseSync(join(dir, LOCK_FILE));
  try {
    sqlite.exec("BEGIN EXCLUSIVE");
    return { release: () => sqlite.close() };
  } catch (error) {
    sqlite.close();
    if ((error as { errcode?: unknown }).errcode === SQLITE_BUSY) return null;
    throw error;
  }
}
