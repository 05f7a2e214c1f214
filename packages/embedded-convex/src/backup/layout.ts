/**
 * A backup on disk: one folder that is all there is to know.
 *
 *   manifest.json   what it is, and size and SHA-256 of everything else; written last
 *   data.sqlite     the store as of one commit, compacted, without a log
 *   admin-key       of the deployment
 *   files/<uuid>    bytes of the stored files that this commit knows
 *
 * It holds every secret the data directory holds.
 */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { StoreError } from "../errors.ts";

export const MANIFEST_FILE = "manifest.json";
const BACKUP_FORMAT = 1;

export interface BackupFile {
  /** Within the backup, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: typeof BACKUP_FORMAT;
  /** Of the newest commit in it, decimal. */
  readonly ts: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly files: readonly BackupFile[];
}

export function newManifest(fields: Omit<Manifest, "format">): Manifest {
  return { format: BACKUP_FORMAT, ...fields };
}

/** Throws StoreError: BackupDamaged, or DataFromOtherVersion for a later form of backups. */
export async function readManifest(backup: string): Promise<Manifest> {
  const path = join(backup, MANIFEST_FILE);
  const text = await readFile(path, "utf8").catch(() => {
    throw new StoreError(`${backup} is no backup: it has no ${MANIFEST_FILE}.`, "BackupDamaged");
  });
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw backupDamaged(backup, `${MANIFEST_FILE} is not readable`);
  }
  const format = isObject(manifest) ? manifest.format : null;
  if (typeof format === "number" && format > BACKUP_FORMAT) {
    throw new StoreError(
      `${backup} was made by a newer version of the engine (backup format ${format}, this one reads ${BACKUP_FORMAT}).`,
      "DataFromOtherVersion",
    );
  }
  if (!isManifest(manifest)) throw backupDamaged(backup, `${MANIFEST_FILE} is not complete`);
  return manifest;
}

export function backupDamaged(backup: string, what: string): StoreError {
  return new StoreError(
    `The backup ${backup} is damaged: ${what}. Nothing was restored from it.`,
    "BackupDamaged",
  );
}

/** Paths of all files in a folder, with `/`, sorted. */
export function filesIn(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
}

function isManifest(value: unknown): value is Manifest {
  if (!isObject(value) || value.format !== BACKUP_FORMAT) return false;
  const { ts, createdAt, files } = value;
  if (typeof ts !== "string" || typeof createdAt !== "string" || !Array.isArray(files))
    return false;
  return files.every(isBackupFile);
}

/** No path leads out of the backup. */
function isBackupFile(value: unknown): value is BackupFile {
  if (!isObject(value)) return false;
  const { path, bytes, sha256 } = value;
  const isSafe = typeof path === "string" && /^(files\/)?[A-Za-z0-9][A-Za-z0-9.-]*$/.test(path);
  return isSafe && typeof bytes === "number" && typeof sha256 === "string";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
