/** What a store weighs after very much has been written to it and little is left. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { openDatabase } from "../database/database.ts";
import type { Database, Transaction } from "../database/types.ts";
import { DATABASE_FILE, openForReading } from "./format.ts";

const MIB = 1024 * 1024;
let dir: string;
let database: Database;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "growth-"));
  const random = (bytes: number) => randomBytes(bytes);
  database = await openDatabase({ dir, clock: systemClock(), logger: () => undefined, random });
});
afterEach(async () => {
  await database.close();
  rmSync(dir, { recursive: true, force: true });
});

async function write<T>(change: (tx: Transaction) => T): Promise<T> {
  const tx = database.begin({ unlimited: true });
  const result = change(tx);
  await database.commit(tx, { source: null }).durable;
  return result;
}

const text = (length: number) => randomBytes(length / 2).toString("hex");

test("[STORE12] a store that is overwritten and deleted from without end does not grow", async () => {
  const kept = await write((tx) =>
    Array.from({ length: 300 }, () => tx.insert("kept", { text: text(2_000) })),
  );
  let largestLog = 0;
  let written = 0;
  const round = async () => {
    const passing = await write((tx) =>
      Array.from({ length: 200 }, () => tx.insert("passing", { text: text(4_000) })),
    );
    await write((tx) => {
      for (const id of kept) tx.patch(id, { text: text(2_000) });
      for (const id of passing) tx.remove(id);
    });
    written += 300 * 2_000 + 200 * 4_000;
    largestLog = Math.max(largestLog, database.stats().size.log);
  };
  for (let n = 0; n < 10; n++) await round();
  const before = database.stats().size.database;
  for (let n = 0; n < 30; n++) await round();
  const { size, documents } = database.stats();
  expect(documents.user).toBe(300);
  expect(written).toBeGreaterThan(45 * MIB);
  expect(size.database).toBeLessThan(before * 1.2);
  expect(size.database).toBeLessThan(6 * MIB);
  expect(largestLog).toBeLessThan(48 * MIB);
}, 60_000);

test("[STORE12] the log that a long reader holds back is given back afterwards", async () => {
  const ids = await write((tx) =>
    Array.from({ length: 10 }, () => tx.insert("kept", { text: "" })),
  );
  // Each its own document: of one that is written twice in a batch only the last goes to the log.
  const overwrite = (count: number) =>
    Promise.all(
      ids.slice(0, count).map((id) => write((tx) => tx.patch(id, { text: text(800_000) }))),
    );
  const reader = openForReading(join(dir, DATABASE_FILE));
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM documents").get();
  for (let n = 0; n < 12; n++) await overwrite(10);
  expect(database.stats().size.log).toBeGreaterThan(80 * MIB);
  reader.close();
  for (let n = 0; n < 8; n++) await overwrite(10);
  await expect
    .poll(
      async () => {
        await overwrite(1);
        return database.stats().size.log;
      },
      { timeout: 20_000 },
    )
    .toBeLessThanOrEqual(64 * MIB + 8 * MIB);
}, 60_000);
