/**
 * The file on disk: one SQLite database in WAL mode.
 *
 *   documents   serial -> newest version of a document, as JSON text
 *   index_rows  (index, key) -> serial; every document is in every index of its table
 *   counts      documents per table
 *   text_totals terms per full-text index; its rows are in text_<i> (FTS5) and text_order_<i>
 *   vectors_<i> rows of a vector index
 *   meta        format, last timestamp, next serial, secrets
 *
 * Serials number documents and indexes, are never used twice, and keep rows that
 * were inserted together on the same pages.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Older formats, down to the first, are upgraded when they are opened for writing. */
export const FORMAT_VERSION = 2;
export const OLDEST_FORMAT = 1;
export const DATABASE_FILE = "data.sqlite";
/** Folder of stored files' bytes, beside it. */
export const FILES_DIR = "files";

/** After a long reader held it back, the write-ahead log gives what is above this back. */
const KEPT_LOG_BYTES = 64 * 1024 * 1024;

/** Index ids of system tables are derived and lie below. */
const FIRST_SERIAL = 100_000n;

const TEXT_TOTALS =
  "CREATE TABLE text_totals (index_id INTEGER PRIMARY KEY, tokens INTEGER NOT NULL) STRICT;";

/** What a store of an older format lacks, by the format it has. */
const UPGRADES: Readonly<Record<number, string>> = { 1: TEXT_TOTALS };

const TABLES = `
  CREATE TABLE documents (
    serial INTEGER PRIMARY KEY, table_number INTEGER NOT NULL,
    id TEXT NOT NULL, size INTEGER NOT NULL, json TEXT NOT NULL
  ) STRICT;
  CREATE TABLE index_rows (
    index_id INTEGER NOT NULL, key BLOB NOT NULL, serial INTEGER NOT NULL,
    PRIMARY KEY (index_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE counts (table_number INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
  ${TEXT_TOTALS}
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Opens the only write connection, creating the file if need be; it has been inspected. */
export function openForWriting(path: string, secret: Uint8Array): DatabaseSync {
  const sqlite = new DatabaseSync(path);
  // Checkpoints are the writer's to choose: an automatic one would delay the commit it falls on.
  sqlite.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${KEPT_LOG_BYTES}; PRAGMA cache_size = -65536; PRAGMA busy_timeout = 5000;`);
  const found = sqlite.prepare("PRAGMA user_version").get()?.user_version;
  const upgrade = UPGRADES[Number(found)];
  if (found === 0) create(sqlite, secret);
  else if (upgrade !== undefined) {
    sqlite.exec(`BEGIN IMMEDIATE; ${upgrade} PRAGMA user_version = ${FORMAT_VERSION}; COMMIT`);
  }
  return sqlite;
}

export function openForReading(path: string): DatabaseSync {
  const sqlite = new DatabaseSync(path, { readOnly: true });
  sqlite.exec(
    "PRAGMA cache_size = -65536; PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 268435456;",
  );
  return sqlite;
}

/** Bytes of the write-ahead log in a data directory; 0 after a clean stop. */
export function logBytes(dir: string): number {
  return statSync(join(dir, `${DATABASE_FILE}-wal`), { throwIfNoEntry: false })?.size ?? 0;
}

function create(sqlite: DatabaseSync, secret: Uint8Array): void {
  sqlite.exec(`BEGIN IMMEDIATE; ${TABLES}`);
  const put = sqlite.prepare("INSERT INTO meta (name, value) VALUES (?, ?)");
  put.run("last_ts", 0n);
  put.run("next_serial", FIRST_SERIAL);
  put.run("secret", secret);
  sqlite.exec(`PRAGMA user_version = ${FORMAT_VERSION}; COMMIT`);
}
