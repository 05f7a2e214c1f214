import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setImmediate as turnEnds } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openForReading, openForWriting } from "./format.ts";
import { StoreReader } from "./reader.ts";

const INDEX = 7;
let dir: string;
let writer: DatabaseSync;
let reader: StoreReader;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "reader-"));
  const path = join(dir, "data.sqlite");
  writer = openForWriting(path, new Uint8Array(32));
  reader = new StoreReader(openForReading(path));
  put("a", 1);
});

afterEach(() => {
  reader.close();
  writer.close();
  rmSync(dir, { recursive: true });
});

function put(key: string, serial: number): void {
  writer.prepare("INSERT INTO documents VALUES (?, 1, 'id', 2, '{}')").run(serial);
  writer
    .prepare("INSERT INTO index_rows VALUES (?, ?, ?)")
    .run(INDEX, Buffer.from(key, "latin1"), serial);
}

const serials = () =>
  reader.range(INDEX, "", "z", false, 10).map(({ document }) => document.serial);

test("[STORE14] reads of one turn see one state, whatever is written meanwhile", () => {
  expect([serials(), serials()]).toEqual([[1], [1]]);
  put("b", 2);
  expect(serials()).toEqual([1]);
  expect(reader.get(INDEX, "b")).toBeNull();
});

test("[STORE14] a snapshot that somebody holds on the connection stays theirs, also in later turns", async () => {
  const sqlite = openForReading(join(dir, "data.sqlite"));
  sqlite.exec("BEGIN");
  const held = new StoreReader(sqlite);
  for (let turn = 0; turn < 3; turn++) {
    expect([held, held].map((one) => one.get(INDEX, "b"))).toEqual([null, null]);
    if (turn === 0) put("b", 2);
    await turnEnds();
  }
  held.close();
});

test("[STORE14] what the writer tells of is read at once", () => {
  serials();
  serials();
  put("b", 2);
  reader.renew();
  expect([serials(), serials()]).toEqual([
    [1, 2],
    [1, 2],
  ]);
});

test("[STORE14] the next turn sees the newest state, and the log can start over", async () => {
  serials();
  serials();
  put("b", 2);
  await turnEnds();
  await turnEnds(); // ours may have come before the reader's own
  expect(writer.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()).toMatchObject({ busy: 0 });
  expect(serials()).toEqual([1, 2]);
});
