import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BareStore } from "./bare-store.ts";
import { repetitions } from "./repetitions.ts";
import { type RowPattern, recordRows } from "./row-pattern.ts";

let dir: string;
let file: string;
let sqlite: DatabaseSync;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "row-pattern-"));
  file = join(dir, "data.sqlite");
  sqlite = new DatabaseSync(file);
  sqlite.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE documents (serial INTEGER PRIMARY KEY, table_number INTEGER, id TEXT, size INTEGER, json TEXT);
    CREATE TABLE index_rows (index_id INTEGER, key BLOB, serial INTEGER, PRIMARY KEY (index_id, key)) WITHOUT ROWID;
    CREATE TABLE counts (table_number INTEGER PRIMARY KEY, count INTEGER);
    CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY);
    INSERT INTO meta VALUES ('last_ts', 1), ('next_serial', 7);
    INSERT INTO documents VALUES (6, 1, 'old', 3, '{"_id":"old","_creationTime":1}');`);
});

afterEach(() => {
  sqlite.close();
  rmSync(dir, { recursive: true });
});

async function insertOne(): Promise<void> {
  sqlite.exec(
    'INSERT INTO documents VALUES (7, 2, \'abc\', 9, \'{"_id":"abc","_creationTime":2}\')',
  );
  const put = sqlite.prepare("INSERT INTO index_rows VALUES (5, ?, 7)");
  put.run(Buffer.from("\x10abc\x00", "latin1"));
  put.run(Buffer.from("\x0d\xc0\x00\x00\x00\x00\x00\x00\x00\x10abc\x00", "latin1"));
}

test("only what the write left is recorded", async () => {
  const pattern = await recordRows(file, insertOne);
  expect(pattern.documents.map(({ id, creationTime }) => [id, creationTime])).toEqual([["abc", 2]]);
  expect(pattern.indexRows.map(({ index, document }) => [index, document])).toEqual([
    [5, 0],
    [5, 0],
  ]);
});

test("a write that leaves nothing is an error, not an empty floor", async () => {
  await expect(recordRows(file, async () => {})).rejects.toThrow("wrote nothing");
});

test("a repetition has another id in its text and keys, and a later time", async () => {
  const repeat = repetitions(await recordRows(file, insertOne));
  const { documents, indexRows } = repeat(4);
  const id = documents[0]?.id ?? "";
  expect(id).toMatch(/^[0-9a-v]{3}$/);
  expect(documents[0]?.json).toBe(`{"_id":"${id}","_creationTime":2}`);
  const [byTime, byId] = indexRows.map(({ key }) => key.toString("latin1"));
  expect(byId).toBe(`\x10${id}\x00`);
  expect(byTime).toBe(`\x0d\xc0\x08\x00\x00\x00\x00\x00\x00\x10${id}\x00`); // 3: a whole ms later
});

test("the floor's store writes as many rows as the pattern has, for each mutation of a batch", async () => {
  const pattern: RowPattern = await recordRows(file, insertOne);
  const store = new BareStore(file, pattern);
  store.write(3);
  store.close();
  const count = (table: string) => sqlite.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n;
  expect([count("documents"), count("index_rows")]).toEqual([5, 8]);
});
