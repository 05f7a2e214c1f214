/**
 * [BACKUP3] A backup verifies only when its manifest, the checksum of every file, the
 *           store inside and the files it names all agree, and nothing else is in it.
 */
import { join } from "node:path";
import { sumFile } from "./copy-file.ts";
import { backupDamaged, filesIn, MANIFEST_FILE, type Manifest, readManifest } from "./layout.ts";
import { type StoreFindings, verifyStore } from "./verify-store.ts";

export interface VerifiedBackup {
  readonly manifest: Manifest;
  readonly store: StoreFindings;
}

/** Throws StoreError with the first thing that is wrong. */
export async function verifyBackup(backup: string): Promise<VerifiedBackup> {
  const manifest = await readManifest(backup);
  const named = new Set(manifest.files.map(({ path }) => path));
  for (const path of filesIn(backup)) {
    if (path !== MANIFEST_FILE && !isSqliteAside(path) && !named.has(path))
      throw backupDamaged(backup, `${path} does not belong to it`);
  }
  for (const { path, bytes, sha256 } of manifest.files) {
    const found = await sumFile(join(backup, path)).catch(() => null);
    if (found === null) throw backupDamaged(backup, `${path} is missing`);
    if (found.bytes !== bytes || found.sha256 !== sha256)
      throw backupDamaged(backup, `${path} is not what was backed up`);
  }
  const store = await verifyStore(backup);
  const [problem] = store.problems;
  if (problem !== undefined) throw backupDamaged(backup, problem);
  if (store.ts !== manifest.ts) throw backupDamaged(backup, "the store is of another commit");
  return { manifest, store };
}

/** What SQLite may put beside a file while somebody reads it. */
function isSqliteAside(path: string): boolean {
  return /\.sqlite-(shm|wal|journal)$/.test(path);
}
