/**
 * The first look at a data directory, before anything writes to it: is this a store of
 * this engine, of this format, with all its tables? Reads a few pages, whatever the size.
 *
 * [STORE5] A directory of a newer format is refused and left as it is.
 * [STORE9] A truncated file, a file that is no database, one that lacks a table, and a
 *          database that is missing beside its stored files are refused as DataDamaged,
 *          with what to do.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../errors.ts";
import {
  DATABASE_FILE,
  FILES_DIR,
  FORMAT_VERSION,
  logBytes,
  OLDEST_FORMAT,
  openForReading,
} from "./format.ts";

/** In a directory that a restore is filling; see backup/restore.ts. */
export const RESTORING_DIR = ".restoring";

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  documents: ["serial", "table_number", "id", "size", "json"],
  index_rows: ["index_id", "key", "serial"],
  counts: ["table_number", "count"],
  meta: ["name", "value"],
};
/** What the second format added. */
const SEARCH_COLUMNS: typeof COLUMNS = { text_totals: ["index_id", "tokens"] };
const META = ["last_ts", "next_serial", "secret"];

export interface Inspection {
  /** Nothing has been stored here yet. */
  readonly isNew: boolean;
  /** The last process did not close the store: its log is still to be taken over. */
  readonly unclean: boolean;
  /** Of the database and its log. */
  readonly bytes: number;
}

/** The caller holds the directory's lock. Throws StoreError. */
export function inspectStore(dir: string): Inspection {
  if (existsSync(join(dir, RESTORING_DIR))) throw unfinished(dir);
  const path = join(dir, DATABASE_FILE);
  const fileBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const log = logBytes(dir);
  const found: Inspection = { isNew: fileBytes === 0, unclean: log > 0, bytes: fileBytes + log };
  if (fileBytes === 0) {
    if (hasStoredFiles(dir))
      throw damaged(path, "it is missing or empty, and stored files are not");
    return found;
  }
  return readingStore(path, (sqlite) => ({
    ...found,
    isNew: checkTables(sqlite, path) === "empty",
  }));
}

/** Opens the file to read it; what SQLite finds wrong with it becomes DataDamaged. */
export function readingStore<T>(path: string, read: (sqlite: DatabaseSync) => T): T {
  let sqlite: DatabaseSync | null = null;
  try {
    sqlite = openForReading(path);
    return read(sqlite);
  } catch (error) {
    throw damageOf(path, error) ?? error;
  } finally {
    sqlite?.close();
  }
}

/** A StoreError when SQLite's error says that the file is not sound, else null. */
export function damageOf(path: string, error: unknown): StoreError | null {
  const { errcode } = error as { errcode?: unknown };
  const isDamage = typeof errcode === "number" && DAMAGE_CODES.has(errcode & 0xff);
  return isDamage && error instanceof Error ? damaged(path, error.message) : null;
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
const DAMAGE_CODES: ReadonlySet<number> = new Set([SQLITE_CORRUPT, SQLITE_NOTADB]);

export function damaged(path: string, what: string): StoreError {
  return new StoreError(
    `${path} is damaged: ${what}. Keep a copy of the directory, then restore the newest backup into an empty one with "embedded-convex restore".`,
    "DataDamaged",
  );
}

/** Throws StoreError; "empty" is a file in which nothing was created. */
export function checkTables(sqlite: DatabaseSync, path: string): "empty" | "complete" {
  const version = Number(sqlite.prepare("PRAGMA user_version").get()?.user_version);
  const tables = new Set(
    sqlite.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all().map(nameOf),
  );
  if (version === 0 && tables.size === 0) return "empty";
  if (version === 0) throw damaged(path, "it holds the tables of another program");
  const isKnown = version >= OLDEST_FORMAT && version <= FORMAT_VERSION;
  if (!isKnown) throw otherVersion(path, version);
  const wanted = version === 1 ? COLUMNS : { ...COLUMNS, ...SEARCH_COLUMNS };
  for (const [table, columns] of Object.entries(wanted)) {
    const found = new Set(sqlite.prepare(`PRAGMA table_info(${table})`).all().map(nameOf));
    const missing = columns.find((column) => !found.has(column));
    if (found.size === 0) throw damaged(path, `the table ${table} is missing`);
    if (missing !== undefined) throw damaged(path, `${table} has no column ${missing}`);
  }
  const meta = new Set(sqlite.prepare("SELECT name FROM meta").all().map(nameOf));
  const missing = META.find((name) => !meta.has(name));
  if (missing !== undefined) throw damaged(path, `its ${missing} is missing`);
  return "complete";
}

function nameOf(row: Readonly<Record<string, unknown>>): string {
  return String(row.name);
}

function hasStoredFiles(dir: string): boolean {
  const files = join(dir, FILES_DIR);
  return existsSync(files) && readdirSync(files).length > 0;
}

function otherVersion(path: string, found: number): StoreError {
  const which = found > FORMAT_VERSION ? "a newer" : "another";
  return new StoreError(
    `${path} was written by ${which} version of the engine (format ${found}, this one reads ${FORMAT_VERSION}). Nothing was changed: start it with the version that wrote it.`,
    "DataFromOtherVersion",
  );
}

function unfinished(dir: string): StoreError {
  return new StoreError(
    `A restore into ${dir} was cut short. Delete the directory and restore again.`,
    "RestoreUnfinished",
  );
}
