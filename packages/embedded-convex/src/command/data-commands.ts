/**
 * `backup`, `restore` and `verify`: what they found goes to stdout, why they could not to
 * stderr, and the exit code says which it was.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { restoreBackup } from "../backup/restore.ts";
import { takeBackup } from "../backup/take-backup.ts";
import { verifyBackup } from "../backup/verify-backup.ts";
import { type StoreFindings, verifyStore } from "../backup/verify-store.ts";
import { StoreError } from "../errors.ts";
import { holdFiles } from "../store/file-hold.ts";
import { DATABASE_FILE } from "../store/format.ts";
import { exitCodeOf, failureOf } from "./failure-text.ts";
import { complain, say } from "./output.ts";
import type { ParsedCommand } from "./parse-command.ts";
import { EXIT } from "./usage.ts";

type Asked<K extends ParsedCommand["kind"]> = ParsedCommand & { readonly kind: K };

export async function backup({ data, to }: Asked<"backup">): Promise<void> {
  await finish(async () => {
    const { ts, files } = await takeBackup({ dir: data, target: to, nowMs: Date.now() });
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    say(`Backed up commit ${ts} to ${to}: ${files.length} files, ${bytes} bytes.\n`);
  });
}

export async function restore({ from, data }: Asked<"restore">): Promise<void> {
  await finish(async () => {
    const { store } = await restoreBackup({ from, dir: data });
    say(`Restored ${inWords(store)} into ${data}.\n`);
  });
}

export async function verify({ place, isBackup }: Asked<"verify">): Promise<void> {
  await finish(async () => {
    const store = isBackup ? (await verifyBackup(place)).store : await verifyData(place);
    say(`Verified ${inWords(store)} in ${place}.\n`);
  });
}

/** Of one snapshot, also while an engine works on it. */
async function verifyData(dir: string): Promise<StoreFindings> {
  if (!existsSync(join(dir, DATABASE_FILE)))
    throw new StoreError(`There is no data in ${dir}.`, "NoData");
  const hold = holdFiles(dir);
  try {
    const store = await verifyStore(dir);
    if (store.problems.length === 0) return store;
    throw new StoreError(`${dir} is damaged: ${store.problems.join("; ")}.`, "DataDamaged");
  } finally {
    hold.release();
  }
}

function inWords({ ts, documents, storedFiles }: StoreFindings): string {
  return `commit ${ts} with ${documents} documents and ${storedFiles} stored files`;
}

async function finish(work: () => Promise<void>): Promise<void> {
  try {
    await work();
    process.exitCode = EXIT.ok;
  } catch (error) {
    const { code, message } = failureOf(error);
    complain(`${code}: ${message}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
