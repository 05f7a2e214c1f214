/**
 * Runs a process on a disk that forgets: `environment` is for the process, and `cut`
 * is for when it is dead: the files are then what the disk still has.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../random.ts";
import { type Files, ForgetfulDisk } from "./forgetful-disk.ts";
import { type DiskEvent, readLog } from "./log.ts";

export interface PowerSupply {
  /** To be preloaded into the process: its files are watched from its start. */
  readonly environment: Readonly<Record<string, string>>;
  /** Call before each start of the process. */
  begin(): void;
  /** "write-error -wal", "full data 65536", ...: see disk.c. "none" ends it. */
  fault(fault: string): void;
  /** Drops what was not synced; "some" keeps a random part of it. The process must be dead. */
  cut(keep: "nothing" | "some"): void;
}

/** `root` is the folder that is watched; `library` comes from `compileDisk`. */
export function connectPower(
  root: string,
  { library, workDir, random }: { library: string; workDir: string; random: Random },
): PowerSupply {
  const log = join(workDir, "disk.log");
  const faults = join(workDir, "disk.faults");
  let before: Files = new Map();
  writeFileSync(faults, "none\n");
  return {
    environment: { LD_PRELOAD: library, DISK_ROOT: root, DISK_LOG: log, DISK_FAULTS: faults },
    begin: () => {
      before = readFiles(root);
      rmSync(log, { force: true });
    },
    fault: (fault) => writeFileSync(faults, `${fault}\n`),
    cut: (keep) => {
      const events = readLog(readFileSync(log));
      const disk = new ForgetfulDisk(before, random);
      for (const event of events) disk.happened(event);
      checkNothingEscaped(disk.seen(), readFiles(root), events.at(-1));
      writeFiles(root, disk.survivors(keep === "some" ? random : null));
    },
  };
}

/** Everything but SQLite's -shm, which is rebuilt at every start. */
function isWatched(name: string): boolean {
  return !name.endsWith("-shm");
}

function readFiles(root: string): Files {
  const files = new Map<string, Buffer | null>();
  const walk = (prefix: string) => {
    for (const entry of readdirSync(join(root, prefix), { withFileTypes: true })) {
      const path = `${prefix}${entry.name}`;
      if (!isWatched(path)) continue;
      files.set(path, entry.isDirectory() ? null : readFileSync(join(root, path)));
      if (entry.isDirectory()) walk(`${path}/`);
    }
  };
  walk("");
  return files;
}

/** Leaves -shm files as the process left them: a stale one must not matter. */
function writeFiles(root: string, files: Files): void {
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory() && isWatched(entry.name)) rmSync(path);
  }
  for (const path of [...readFiles(root).keys()].reverse()) {
    if (!files.has(path)) rmSync(join(root, path), { recursive: true });
  }
  for (const [path, content] of files) {
    if (content === null) mkdirSync(join(root, path), { recursive: true });
    else writeFileSync(join(root, path), content, { mode: 0o600 });
  }
}

/**
 * The log must explain what lies there, else writes went past it and the test would prove
 * nothing. Only what the process was in the middle of when it died may differ.
 */
function checkNothingEscaped(seen: Files, actual: Files, last: DiskEvent | undefined): void {
  const paths = new Set([...seen.keys(), ...actual.keys()]);
  const unexplained = [...paths].filter(
    (path) => !isExplained(seen.get(path), actual.get(path), last),
  );
  if (unexplained.length === 0) return;
  throw new Error(`Something wrote past the watched disk: ${unexplained.join(", ")}.`);
}

type Content = Buffer | null | undefined;

function isExplained(seen: Content, actual: Content, last: DiskEvent | undefined): boolean {
  if (seen === undefined || actual === undefined) return last?.kind === "naming";
  if (seen === null || actual === null) return seen === actual;
  if (seen.equals(actual)) return true;
  if (last?.kind === "truncate") return true;
  if (last?.kind !== "write") return false;
  const [start, end] = [last.offset, last.offset + last.bytes.length];
  const before = seen.subarray(0, start).equals(actual.subarray(0, start));
  return before && seen.subarray(end).equals(actual.subarray(end));
}
