import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { openDatabase } from "../database/database.ts";
import type { Database } from "../database/types.ts";
import { StoreError } from "../errors.ts";
import { DATABASE_FILE } from "./format.ts";

const WRITER = fileURLToPath(new URL("../../test/acknowledging-writer.ts", import.meta.url));

let cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "store-"));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function open(dir: string, onFailure?: (error: Error) => void): Promise<Database> {
  const database = await openDatabase({
    dir,
    clock: new ManualClock(),
    logger: () => undefined,
    random: randomBytes,
    ...(onFailure === undefined ? {} : { onFailure }),
  });
  cleanups.push(() => database.close());
  return database;
}

/** A child that writes; `lines` grows with what it has acknowledged. */
async function startWriter(
  dir: string,
): Promise<{ child: ChildProcess; lines: string[]; atLeast(n: number): Promise<void> }> {
  const child = spawn(process.execPath, [WRITER, dir], { stdio: ["ignore", "pipe", "inherit"] });
  cleanups.push(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  let wanted = { count: 1, resolve: (): void => undefined };
  reader.on("line", (line) => {
    lines.push(line);
    if (lines.length >= wanted.count) wanted.resolve();
  });
  const atLeast = (count: number) =>
    new Promise<void>((resolve) => {
      wanted = { count, resolve };
      if (lines.length >= count) resolve();
    });
  await atLeast(1);
  return { child, lines, atLeast };
}

test("[STORE2] everything acknowledged before kill -9 is there, whole transactions only", async () => {
  const dir = newDir();
  const acknowledged: string[] = [];
  let newest = 0n;
  for (const kill of [200, 350, 500]) {
    const { child, lines, atLeast } = await startWriter(dir);
    await atLeast(kill);
    child.kill("SIGKILL");
    await once(child, "close");
    for (const line of lines.slice(1)) {
      const [first, second, ts] = line.split(" ");
      if (ts === undefined) continue; // cut off by the kill
      acknowledged.push(first ?? "", second ?? "");
      newest = BigInt(ts) > newest ? BigInt(ts) : newest;
    }
    const database = await open(dir);
    const tx = database.begin();
    expect(acknowledged.filter((id) => tx.get(id) === null)).toEqual([]);
    expect(tx.count("pairs") % 2).toBe(0);
    expect(database.latestTs >= newest).toBe(true);
    tx.close();
    await database.close();
  }
}, 60_000);

test("[STORE3] a second opening of a directory in use names it and the process", async () => {
  const dir = newDir();
  const { child } = await startWriter(dir);
  const refusal = open(dir);
  await expect(refusal).rejects.toThrow(StoreError);
  await expect(refusal).rejects.toThrow(
    `The data directory ${dir} is in use by process ${child.pid}. Stop it first, or use another directory.`,
  );
});

test("[STORE4] the lock of a process that was killed does not block the next", async () => {
  const dir = newDir();
  const { child } = await startWriter(dir);
  child.kill("SIGKILL");
  await once(child, "close");
  const database = await open(dir);
  expect(readFileSync(join(dir, "lock.pid"), "utf8").trim()).toBe(String(process.pid));
  expect(database.latestTs > 0n).toBe(true);
});

test("[STORE13] a directory of the first format is opened and brought to this one", async () => {
  const dir = newDir();
  await (await open(dir)).close();
  const sqlite = new DatabaseSync(join(dir, DATABASE_FILE));
  sqlite.exec("DROP TABLE text_totals; PRAGMA user_version = 1");
  sqlite.close();
  await (await open(dir)).close();
  const upgraded = new DatabaseSync(join(dir, DATABASE_FILE));
  expect(upgraded.prepare("PRAGMA user_version").get()).toEqual({ user_version: 2 });
  expect(upgraded.prepare("SELECT count(*) AS n FROM text_totals").get()).toEqual({ n: 0 });
  upgraded.close();
});

test("[STORE6] commits of one turn go together, and those that arrive while a batch is written with the next one", async () => {
  const database = await open(newDir());
  const batches: number[] = [];
  database.onDurable((commits) => batches.push(commits.length));
  const commit = (n: number) => {
    const tx = database.begin();
    tx.insert("t", { n });
    return database.commit(tx, { source: null }).durable;
  };
  const inOneTurn = [commit(1), commit(2)];
  await Promise.resolve(); // the batch has left
  const meanwhile = Array.from({ length: 9 }, (_, n) => commit(n));
  await Promise.all([...inOneTurn, ...meanwhile]);
  expect(batches).toEqual([2, 9]);
});

test("[STORE7] after a failed write nothing more is accepted, shown or acknowledged", async () => {
  const dir = newDir();
  const failures: Error[] = [];
  const database = await open(dir, (error) => failures.push(error));
  const before = database.durableTs;
  const sabotage = new DatabaseSync(join(dir, DATABASE_FILE));
  sabotage.exec("DROP TABLE counts");
  sabotage.close();
  const announced: unknown[] = [];
  database.onDurable((commits) => announced.push(commits));
  const tx = database.begin();
  tx.insert("t", { n: 1 });
  const { durable } = database.commit(tx, { source: null });
  await expect(durable).rejects.toThrow(/Writing to the data directory failed/);
  expect(failures).toHaveLength(1);
  expect(database.durableTs).toBe(before);
  expect(announced).toEqual([]);
  const next = database.begin();
  next.insert("t", { n: 2 });
  expect(() => database.commit(next, { source: null })).toThrow(StoreError);
  await expect(database.whenDurable(database.latestTs)).rejects.toThrow(StoreError);
});

test("[STORE8] closing writes what was committed, and the directory is free again", async () => {
  const dir = newDir();
  const database = await open(dir);
  const ids = Array.from({ length: 50 }, () => {
    const tx = database.begin();
    const id = tx.insert("t", {});
    database.commit(tx, { source: null });
    return id;
  });
  await Promise.all([database.close(), database.close()]);
  const tx = (await open(dir)).begin();
  expect(ids.filter((id) => tx.get(id) === null)).toEqual([]);
});
