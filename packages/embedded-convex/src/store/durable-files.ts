/**
 * Files and folders beside the database that survive a power cut. Syncing a file keeps its
 * bytes; its name is kept only once the folder that holds the name is synced, too.
 */
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Makes the folder and those above it, where missing. Safe to repeat. */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const folder = resolve(path);
  const first = await mkdir(folder, { recursive: true, mode });
  const outermost = dirname(first ?? folder);
  for (let above = dirname(folder); ; above = dirname(above)) {
    await syncNames(above, first !== undefined);
    if (above === outermost) return;
  }
}

/** Replaces the whole file or leaves the old one; the new one is on disk when it resolves. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const unfinished = `${path}.part`;
  {
    await using file = await open(unfinished, "w", mode);
    await file.chmod(mode); // the mode above counts only for a new file
    await file.writeFile(text);
    await file.sync();
  }
  await rename(unfinished, path);
  await syncFolder(dirname(path));
}

/** Keeps the names that files in it have by now. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

/** A folder that was there before may lie in one that we may not read. */
async function syncNames(folder: string, isNew: boolean): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    if (isNew || (error as NodeJS.ErrnoException).code !== "EACCES") throw error;
  }
}
