/**
 * A data directory out of a backup.
 *
 *   verify the backup ─> copy into DIR/.restoring, comparing each sum ─> move into DIR
 *
 * An engine refuses a directory in which `.restoring` is left over.
 *
 * [BACKUP5] Nothing is written before the backup has verified, nor into a directory that
 *           holds anything.
 * [BACKUP6] A restore that is cut short leaves a directory that the engine refuses.
 */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { StoreError } from "../errors.ts";
import { FILES_DIR } from "../store/format.ts";
import { RESTORING_DIR } from "../store/inspection.ts";
import { copyFile, syncPath } from "./copy-file.ts";
import { backupDamaged, type Manifest } from "./layout.ts";
import { type VerifiedBackup, verifyBackup } from "./verify-backup.ts";

/** Throws StoreError TargetNotEmpty, BackupDamaged or DataFromOtherVersion. */
export async function restoreBackup(options: {
  readonly from: string;
  readonly dir: string;
}): Promise<VerifiedBackup> {
  const { from, dir } = options;
  refuseOccupied(dir);
  const verified = await verifyBackup(from);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const staging = join(dir, RESTORING_DIR);
  await mkdir(staging, { mode: 0o700 });
  await syncPath(dir);
  try {
    await copyAll(from, staging, verified.manifest);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
  for (const name of readdirSync(staging)) await rename(join(staging, name), join(dir, name));
  await syncPath(dir);
  await rm(staging, { recursive: true }); // from here on it is a data directory
  await syncPath(dir);
  return verified;
}

function refuseOccupied(dir: string): void {
  if (!existsSync(dir) || readdirSync(dir).length === 0) return;
  throw new StoreError(
    `${dir} is not empty. Restore into a new directory, then start the engine with it.`,
    "TargetNotEmpty",
  );
}

/** What was verified is compared again: the bytes that were written are what counts. */
async function copyAll(from: string, staging: string, { files }: Manifest): Promise<void> {
  await mkdir(join(staging, FILES_DIR), { mode: 0o700 });
  for (const { path, bytes, sha256 } of files) {
    const copied = await copyFile(join(from, path), join(staging, path));
    if (copied.bytes !== bytes || copied.sha256 !== sha256)
      throw backupDamaged(from, `${path} changed while it was read`);
  }
  await syncPath(join(staging, FILES_DIR));
  await syncPath(dirname(join(staging, FILES_DIR)));
}
