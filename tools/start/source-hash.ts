/** One hash over everything a build is made from, to know whether it has to be made again. */
import { createHash, type Hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Not read: what is installed, what was built, and what only tests use. */
const IGNORED_FOLDERS = new Set(["node_modules", "dist", "test"]);
const IGNORED_FILES = /\.test\.tsx?$/;

/** `paths`: files and folders below `root`. `settings`: what else the build depends on. */
export function hashOfSources(
  root: string,
  paths: readonly string[],
  settings: Readonly<Record<string, string>>,
): string {
  const hash = createHash("sha256").update(JSON.stringify(settings));
  for (const path of paths) add(hash, root, path);
  return hash.digest("hex");
}

function add(hash: Hash, root: string, path: string): void {
  const absolute = join(root, path);
  if (!statSync(absolute).isDirectory()) {
    const content = readFileSync(absolute);
    hash.update(`${path}\0${content.length}\0`).update(content);
    return;
  }
  const entries = readdirSync(absolute, { withFileTypes: true });
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const entry of entries) {
    const ignored = entry.isDirectory()
      ? IGNORED_FOLDERS.has(entry.name)
      : !entry.isFile() || IGNORED_FILES.test(entry.name);
    if (!ignored) add(hash, root, join(path, entry.name));
  }
}
