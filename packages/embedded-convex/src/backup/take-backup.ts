/**
 * A backup of a data directory, also of one in use: a process of its own reads one
 * snapshot of the store, so the engine notices nothing but the work of the disk.
 *
 *   hold the files ─> snapshot into data.sqlite ─> the files it names ─> manifest ─> rename
 *
 * [BACKUP1] A backup is one snapshot: everything acknowledged before it began, nothing
 *           half of a transaction, and every stored file that the snapshot knows; writes,
 *           uploads, deletions and sweeps go on meanwhile.
 * [BACKUP2] It appears under its name only once it is whole and synced; a failed one
 *           leaves nothing.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { adminKeyPath } from "../auth/admin-key.ts";
import { StoreError } from "../errors.ts";
import { SnapshotReader } from "../export/snapshot-reader.ts";
import { holdFiles } from "../store/file-hold.ts";
import { DATABASE_FILE, FILES_DIR } from "../store/format.ts";
import { checkTables, damaged, readingStore } from "../store/inspection.ts";
import { copyFile, sumFile, syncPath, writeSynced } from "./copy-file.ts";
import { type BackupFile, MANIFEST_FILE, type Manifest, newManifest } from "./layout.ts";

export interface BackupOptions {
  /** A data directory, in use or not. */
  readonly dir: string;
  /** Must not exist; its parent is made. */
  readonly target: string;
  readonly nowMs: number;
}

/** Throws StoreError NoData, TargetNotEmpty or DataDamaged. */
export async function takeBackup({ dir, target, nowMs }: BackupOptions): Promise<Manifest> {
  const source = join(dir, DATABASE_FILE);
  if (!existsSync(source)) throw new StoreError(`There is no data in ${dir}.`, "NoData");
  if (existsSync(target)) {
    throw new StoreError(`${target} is there already. Give a new name.`, "TargetNotEmpty");
  }
  const parent = dirname(resolve(target));
  await mkdir(parent, { recursive: true });
  const unfinished = await mkdtemp(join(parent, `.${basename(target)}.unfinished-`));
  try {
    const manifest = await copySnapshot(dir, unfinished, nowMs);
    await rename(unfinished, target);
    await syncPath(parent);
    return manifest;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function copySnapshot(dir: string, target: string, nowMs: number): Promise<Manifest> {
  const hold = holdFiles(dir);
  try {
    const database = await copyStore(join(dir, DATABASE_FILE), join(target, DATABASE_FILE));
    const { ts, files } = await copyStoredFiles(dir, target);
    const key = { path: basename(adminKeyPath(dir)) };
    const keys = existsSync(adminKeyPath(dir))
      ? [{ ...key, ...(await copyFile(adminKeyPath(dir), join(target, key.path))) }]
      : [];
    const createdAt = new Date(nowMs).toISOString();
    const manifest = newManifest({ ts, createdAt, files: [database, ...keys, ...files] });
    await writeSynced(join(target, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`);
    await syncPath(target);
    return manifest;
  } finally {
    hold.release();
  }
}

/** VACUUM INTO reads one snapshot and holds up neither writers nor readers. */
async function copyStore(source: string, target: string): Promise<BackupFile> {
  readingStore(source, (sqlite) => {
    checkTables(sqlite, source);
    sqlite.prepare("VACUUM INTO ?").run(target);
  });
  await syncPath(target);
  return { path: DATABASE_FILE, ...(await sumFile(target)) };
}

/** The files that the copied snapshot names. */
async function copyStoredFiles(dir: string, target: string) {
  await mkdir(join(target, FILES_DIR), { mode: 0o700 });
  const snapshot = new SnapshotReader(join(target, DATABASE_FILE));
  try {
    const files: BackupFile[] = [];
    for (const { storageId } of snapshot.allFiles()) {
      const path = `${FILES_DIR}/${storageId}`;
      const source = join(dir, path);
      if (!existsSync(source)) throw damaged(dir, `the stored file ${storageId} is missing`);
      files.push({ path, ...(await copyFile(source, join(target, path))) });
    }
    await syncPath(join(target, FILES_DIR));
    return { ts: String(snapshot.ts), files };
  } finally {
    snapshot.close();
  }
}
