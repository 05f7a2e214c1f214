/** Backups of a store that is written to without a pause, and what is found wrong with them. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { collect, fullScan } from "../../test/temporary-database.ts";
import { loadAdminKey } from "../auth/admin-key.ts";
import { systemClock } from "../clock.ts";
import { openDatabase } from "../database/database.ts";
import type { Database, Transaction } from "../database/types.ts";
import { ConflictError } from "../errors.ts";
import { openFileBytes } from "../http/file-bytes.ts";
import { createFileStorage } from "../http/file-storage.ts";
import { createUploadTokens } from "../http/upload-tokens.ts";
import type { Clock } from "../rooms.ts";
import { trySweepHold } from "../store/file-hold.ts";
import { DATABASE_FILE } from "../store/format.ts";
import { restoreBackup } from "./restore.ts";
import { takeBackup } from "./take-backup.ts";
import { verifyBackup } from "./verify-backup.ts";
import { verifyStore } from "./verify-store.ts";

const BIN = fileURLToPath(new URL("../../bin/embedded-convex.mjs", import.meta.url));
const logger = () => undefined;
const clock: Clock = systemClock();
/** Sweeps happen when the test says so. */
const noTimers: Clock = { ...clock, after: () => () => {} };
const LONG_AGO = new Date(Date.now() - 48 * 3_600_000);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function newPlace(): string {
  const dir = mkdtempSync(join(tmpdir(), "backup-"));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const open = (dir: string) =>
  openDatabase({ dir, clock, logger, random: (bytes) => randomBytes(bytes) });

async function openBed(place: string) {
  const dir = join(place, "data");
  const database = await open(dir);
  cleanups.push(() => database.close());
  await loadAdminKey(dir, { instanceName: "i", wanted: null, random: (n) => randomBytes(n) });
  const bytes = await openFileBytes(join(dir, "files"));
  const tokens = createUploadTokens(randomBytes(32), clock);
  const storage = createFileStorage({
    ...{ database, bytes, tokens, cloudUrl: "http://x", clock: noTimers, logger },
    holdFiles: () => trySweepHold(dir),
  });
  return { dir, database, storage };
}
type Bed = Awaited<ReturnType<typeof openBed>>;

async function write<T>(database: Database, change: (tx: Transaction) => T): Promise<T> {
  for (;;) {
    const tx = database.begin();
    try {
      const result = change(tx);
      await database.commit(tx, { source: null }).durable;
      return result;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

const fieldsOf = (tx: Transaction, id: string) => JSON.parse(tx.get(id) ?? "{}");
const ACCOUNTS = 20;
const EACH = 1_000;

/** Money moves between accounts, a counter goes up, files come and go, until `stop`. */
function startWriting(
  { dir, database, storage }: Bed,
  accounts: readonly string[],
  ticker: string,
) {
  let [stopped, acknowledged, stored, removed] = [false, 0, 0, 0];
  const transfer = async () => {
    while (!stopped) {
      const [from, to] = [0, 0].map(() => accounts[Math.floor(Math.random() * ACCOUNTS)] ?? "");
      await write(database, (tx) => {
        if (from === undefined || to === undefined || from === to) return;
        const amount = Math.ceil(Math.random() * 10);
        tx.patch(from, { balance: fieldsOf(tx, from).balance - amount });
        tx.patch(to, { balance: fieldsOf(tx, to).balance + amount });
      });
    }
  };
  const tick = async () => {
    for (let n = 1; !stopped; n++) {
      await write(database, (tx) => tx.patch(ticker, { n }));
      acknowledged = n;
    }
  };
  const shuffleFiles = async () => {
    const files: string[] = [];
    while (!stopped) {
      const id = await storage.store("", randomBytes(20_000), { contentType: "x/y" });
      stored++;
      // Old enough for the sweep as soon as the row is gone.
      const storageId = storage.find("", id)?.storageId ?? "";
      await utimes(join(dir, "files", storageId), LONG_AGO, LONG_AGO);
      files.push(id);
      if (files.length > 30) {
        const old = files.splice(Math.floor(Math.random() * files.length), 1)[0] ?? "";
        await write(database, (deleting) => storage.delete(deleting, old));
        storage.startSweeping();
        removed++;
      }
    }
  };
  const running = [transfer(), transfer(), transfer(), transfer(), tick(), shuffleFiles()];
  cleanups.push(async () => {
    stopped = true;
    await Promise.allSettled(running);
  });
  return {
    counts: () => ({ acknowledged, stored, removed }),
    stop: async () => {
      stopped = true;
      await Promise.all(running);
    },
  };
}

async function command(...args: string[]) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", BIN, ...args]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  return { code: code as number, output };
}

test("[BACKUP1] backups taken during heavy writes are whole snapshots, files and all", async () => {
  const place = newPlace();
  const bed = await openBed(place);
  const { accounts, ticker } = await write(bed.database, (tx) => ({
    accounts: Array.from({ length: ACCOUNTS }, () => tx.insert("accounts", { balance: EACH })),
    ticker: tx.insert("tickers", { n: 0 }),
  }));
  for (let round = 0; round < 10; round++) {
    await write(bed.database, (tx) => {
      for (let n = 0; n < 1_000; n++) tx.insert("ballast", { round, n, text: "x".repeat(300) });
    });
  }
  const writing = startWriting(bed, accounts, ticker);
  await expect.poll(() => writing.counts().removed, { timeout: 30_000 }).toBeGreaterThan(5);

  const backups: { readonly target: string; readonly before: number }[] = [];
  for (const name of ["one", "two", "three", "four"]) {
    const target = join(place, "backups", name);
    const { acknowledged: before, removed } = writing.counts();
    const { code, output } = await command("backup", "--data", bed.dir, "--to", target);
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining(target) });
    backups.push({ target, before });
    await expect.poll(() => writing.counts().removed, { timeout: 30_000 }).toBeGreaterThan(removed);
  }
  await writing.stop();
  expect(writing.counts().acknowledged).toBeGreaterThan(backups.at(-1)?.before ?? 0);

  for (const { target, before } of backups) {
    const dir = join(place, "restored", target.split("/").at(-1) ?? "");
    const restored = await command("restore", "--from", target, "--data", dir);
    expect(restored).toMatchObject({ code: 0, output: expect.stringMatching(/^Restored commit/) });
    const database = await open(dir);
    const tx = database.begin({ unlimited: true });
    const balances = collect(tx, fullScan("accounts")).map(({ balance }) => Number(balance));
    expect(balances).toHaveLength(ACCOUNTS);
    expect(balances.reduce((sum, balance) => sum + balance, 0)).toBe(ACCOUNTS * EACH);
    expect(tx.count("ballast")).toBe(10_000);
    expect(fieldsOf(tx, ticker).n).toBeGreaterThanOrEqual(before);
    expect(fieldsOf(tx, ticker).n).toBeLessThan(writing.counts().acknowledged + 1);
    const rows = tx.system.query("_storage_internal", "by_creation_time");
    expect(rows.length).toBeGreaterThan(20);
    // No byte more than the snapshot knows, either.
    expect(readdirSync(join(dir, "files")).toSorted()).toEqual(
      rows.map(({ storageId }) => String(storageId)).toSorted(),
    );
    tx.close();
    await database.close();
    const { problems, storedFiles } = await verifyStore(dir);
    expect({ problems, storedFiles }).toEqual({ problems: [], storedFiles: rows.length });
    expect(readFileSync(join(dir, "admin-key"))).toEqual(readFileSync(join(bed.dir, "admin-key")));
  }
}, 120_000);

test("[BACKUP1] a backup has the tables and files of components, too", async () => {
  const place = newPlace();
  const { dir, database, storage } = await openBed(place);
  await write(database, (tx) => {
    tx.insert("things", { n: 1 });
    const component = tx.within("work/audit");
    component.ensureSystemTables();
    for (const n of [1, 2, 3]) component.insert("lines", { n });
  });
  for (const component of ["", "work/audit"])
    await storage.store(component, Buffer.from(`of ${component}`), { contentType: null });
  await database.close();
  const target = join(place, "backup");
  await takeBackup({ dir, target, nowMs: Date.now() });
  expect(await verifyBackup(target)).toMatchObject({ store: { storedFiles: 2, problems: [] } });
  expect(readdirSync(join(target, "files")).toSorted()).toEqual(
    readdirSync(join(dir, "files")).toSorted(),
  );
});

/** A small store with a file, closed, and a backup of it. */
async function backedUp() {
  const place = newPlace();
  const bed = await openBed(place);
  await write(bed.database, (tx) => tx.insert("things", { n: 1 }));
  await bed.storage.store("", Buffer.from("contents"), { contentType: null });
  await bed.database.close();
  const target = join(place, "backup");
  await takeBackup({ dir: bed.dir, target, nowMs: Date.now() });
  const stored = join("files", readdirSync(join(target, "files"))[0] ?? "");
  return { place, dir: bed.dir, target, stored };
}

function flipByte(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

describe("a backup that is not what it was", () => {
  const manifestWith = (target: string, change: (manifest: Record<string, unknown>) => void) => {
    const path = join(target, "manifest.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    change(manifest);
    writeFileSync(path, JSON.stringify(manifest));
  };

  test.each<[string, (target: string, stored: string) => void, string]>([
    [
      "a changed byte of the store",
      (at) => flipByte(join(at, DATABASE_FILE), 5_000),
      "data.sqlite is not",
    ],
    [
      "a changed byte of a file",
      (at, stored) => flipByte(join(at, stored), 0),
      "is not what was backed up",
    ],
    ["a missing file", (at, stored) => rmSync(join(at, stored)), "is missing"],
    [
      "a file too many",
      (at) => writeFileSync(join(at, "files", "x"), "x"),
      "files/x does not belong",
    ],
    [
      "a cut manifest",
      (at) => writeFileSync(join(at, "manifest.json"), '{"format":1'),
      "not readable",
    ],
    [
      "a manifest of something else",
      (at) => writeFileSync(join(at, "manifest.json"), "{}"),
      "not complete",
    ],
    ["no manifest", (at) => rmSync(join(at, "manifest.json")), "is no backup"],
    [
      "a path that leads out of it",
      (at) =>
        manifestWith(at, (m) =>
          Object.assign(m, { files: [{ path: "../x", bytes: 1, sha256: "" }] }),
        ),
      "not complete",
    ],
    [
      "another commit's manifest",
      (at) => manifestWith(at, (m) => Object.assign(m, { ts: "1" })),
      "another commit",
    ],
    [
      "a later form of backup",
      (at) => manifestWith(at, (m) => Object.assign(m, { format: 2 })),
      "newer version",
    ],
  ])("[BACKUP3] %s: neither verified nor restored", async (_what, spoil, why) => {
    const { place, target, stored } = await backedUp();
    await expect(verifyBackup(target)).resolves.toMatchObject({ store: { storedFiles: 1 } });
    spoil(target, stored);
    await expect(verifyBackup(target)).rejects.toThrow(why);
    const dir = join(place, "restored");
    await expect(restoreBackup({ from: target, dir })).rejects.toThrow(why);
    expect(existsSync(dir)).toBe(false);
  });
});

test("[BACKUP7] a restored store goes on behind every timestamp that was told after the backup", async () => {
  const place = newPlace();
  const { dir, database } = await openBed(place);
  await write(database, (tx) => tx.insert("things", { n: 1 }));
  await takeBackup({ dir, target: join(place, "backup"), nowMs: 0 });
  await write(database, (tx) => tx.insert("things", { n: 2 }));
  const told = database.durableTs;
  await database.close();
  const elsewhere = join(place, "elsewhere");
  await restoreBackup({ from: join(place, "backup"), dir: elsewhere });
  const restored = await open(elsewhere);
  cleanups.push(() => restored.close());
  expect(restored.durableTs).toBeGreaterThan(told); // or clients that saw it would be refused
});

test("[BACKUP5] a directory that holds anything is not restored into", async () => {
  const { place, target } = await backedUp();
  const dir = join(place, "occupied");
  mkdirSync(dir);
  writeFileSync(join(dir, "notes.txt"), "mine");
  await expect(restoreBackup({ from: target, dir })).rejects.toMatchObject({
    code: "TargetNotEmpty",
  });
  expect(readdirSync(dir)).toEqual(["notes.txt"]);
  rmSync(join(dir, "notes.txt"));
  await restoreBackup({ from: target, dir });
  await (await open(dir)).close();
});

test("[BACKUP2] a backup that fails leaves nothing, and one that is there is kept", async () => {
  const { place, dir, target, stored } = await backedUp();
  const again = takeBackup({ dir, target, nowMs: 0 });
  await expect(again).rejects.toMatchObject({ code: "TargetNotEmpty" });
  rmSync(join(dir, stored));
  const broken = takeBackup({ dir, target: join(place, "out", "b"), nowMs: 0 });
  await expect(broken).rejects.toThrow(/the stored file .* is missing/);
  expect(readdirSync(join(place, "out"))).toEqual([]);
  const nothing = takeBackup({ dir: join(place, "nowhere"), target: join(place, "c"), nowMs: 0 });
  await expect(nothing).rejects.toMatchObject({ code: "NoData" });
  await expect(verifyBackup(target)).resolves.toBeDefined();
});

describe("verifying a data directory", () => {
  const change = (dir: string, sql: string) => {
    const sqlite = new DatabaseSync(join(dir, DATABASE_FILE));
    sqlite.exec(sql);
    sqlite.close();
  };

  test.each<[string, (dir: string, stored: string) => void, RegExp]>([
    [
      "a document that an index lacks",
      (dir) =>
        change(
          dir,
          `DELETE FROM index_rows WHERE (index_id, key) IN (SELECT index_id, key FROM index_rows
           WHERE serial IN (SELECT serial FROM documents WHERE table_number > 10000) LIMIT 1)`,
        ),
      /index things\.by_\w+ has 0 rows/,
    ],
    [
      "wrong counts",
      (dir) => change(dir, "UPDATE counts SET count = count + 1"),
      /counts 2 documents, has 1/,
    ],
    [
      "a missing document",
      (dir) => change(dir, "DELETE FROM documents WHERE table_number > 10000"),
      /has 0/,
    ],
    ["a missing stored file", (dir, stored) => rmSync(join(dir, stored)), /is missing/],
    [
      "an altered stored file",
      (dir, stored) => flipByte(join(dir, stored), 0),
      /not what was stored/,
    ],
  ])("[BACKUP4] %s is found", async (_what, spoil, why) => {
    const { dir, stored } = await backedUp();
    expect((await verifyStore(dir)).problems).toEqual([]);
    spoil(dir, stored);
    expect((await verifyStore(dir)).problems.join("; ")).toMatch(why);
  });

  test("[BACKUP4] damage is told with exit code 3, soundness with 0", async () => {
    const { dir, target, stored } = await backedUp();
    expect(await command("verify", "--data", dir)).toMatchObject({ code: 0 });
    expect(await command("verify", "--from", target)).toMatchObject({ code: 0 });
    flipByte(join(dir, stored), 0);
    const found = await command("verify", "--data", dir);
    expect(found).toMatchObject({ code: 3, output: expect.stringContaining("DataDamaged: ") });
    expect(await command("verify", "--data", dirname(dir))).toMatchObject({ code: 1 });
  }, 60_000);
});
