/**
 * One process per data directory. The lock is the operating system's, held through
 * SQLite's exclusive lock on a file of its own: it ends with the process, however
 * that ends. The pid beside it is only for the message.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";

export interface DirectoryLock {
  release(): void;
}

/** Throws StoreError naming the directory and the holder when another process has it. */
export function lockDirectory(dir: string): DirectoryLock {
  const pidFile = join(dir, "lock.pid");
  const sqlite = new DatabaseSync(join(dir, "lock.sqlite"));
  try {
    sqlite.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    sqlite.close();
    if (!isBusy(error)) throw error;
    throw new StoreError(
      `The data directory ${dir} is in use by process ${readPid(pidFile)}. Stop it first, or use another directory.`,
      "DataInUse",
    );
  }
  writePid(pidFile);
  return { release: () => sqlite.close() };
}

function writePid(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch {
    // A full disk, say. The lock holds without it, and what needs the room says so itself.
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && /locked/.test(error.message);
}

function readPid(path: string): string {
  try {
    return readFileSync(path, "utf8").trim() || "(unknown)";
  } catch {
    return "(unknown)"; // it has locked but not yet written its pid
  }
}
