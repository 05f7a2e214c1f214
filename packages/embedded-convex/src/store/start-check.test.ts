import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { openDatabase } from "../database/database.ts";
import type { StoreError } from "../errors.ts";
import { DATABASE_FILE } from "./format.ts";
import { inspectStore } from "./inspection.ts";
import { checkAtStart, type StartCheck, type StartCheckMode } from "./start-check.ts";

let dir: string;
let path: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "store-"));
  path = join(dir, DATABASE_FILE);
  const database = await open();
  for (let round = 0; round < 20; round++) {
    const tx = database.begin();
    for (let n = 0; n < 100; n++) tx.insert("things", { n, text: "x".repeat(500) });
    await database.commit(tx, { source: null }).durable;
  }
  await database.close();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const open = (check: StartCheckMode = "auto") =>
  openDatabase({ dir, clock: systemClock(), logger: () => undefined, random: randomBytes, check });

async function refusal(check?: StartCheckMode): Promise<StoreError> {
  const outcome = await open(check).then(
    async (database) => {
      await database.close();
      throw new Error("it was opened");
    },
    (error: StoreError) => error,
  );
  return outcome;
}

const sumOfStore = () =>
  existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : "none";

function change(sql: string): void {
  const sqlite = new DatabaseSync(path);
  sqlite.exec(sql);
  sqlite.close();
}

/** Writes noise over a page in the middle. */
function spoilPage(): void {
  const file = openSync(path, "r+");
  writeSync(file, randomBytes(4096), 0, 4096, Math.floor(statSync(path).size / 8192) * 4096);
  closeSync(file);
}

// Processes are started, and a machine may be busy.
describe("a damaged data directory", { timeout: 30_000 }, () => {
  test.each([
    ["a truncated file", () => truncateSync(path, 3 * 4096), "malformed"],
    ["a file cut within a page", () => truncateSync(path, statSync(path).size - 100), "damaged"],
    ["a file that is no database", () => writeFileSync(path, randomBytes(8192)), "not a database"],
    ["a damaged page", spoilPage, "damaged"],
    ["a missing table", () => change("DROP TABLE counts"), "the table counts is missing"],
    [
      "a missing column",
      () => change("ALTER TABLE documents RENAME COLUMN size TO bulk"),
      "documents has no column size",
    ],
    [
      "a missing table of the second format",
      () => change("DROP TABLE text_totals"),
      "the table text_totals is missing",
    ],
    ["a missing timestamp", () => change("DELETE FROM meta WHERE name = 'last_ts'"), "its last_ts"],
    [
      "another program's database",
      () => {
        rmSync(path);
        change("CREATE TABLE songs (title TEXT)");
      },
      "another program",
    ],
    [
      "stored files without a database",
      () => {
        rmSync(path);
        mkdirSync(join(dir, "files"));
        writeFileSync(join(dir, "files", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"), "x");
      },
      "stored files are not",
    ],
  ])("[STORE9] %s is refused with what to do", async (_what, spoil, why) => {
    spoil();
    const before = sumOfStore();
    const error = await refusal();
    expect(error.code).toBe("DataDamaged");
    expect(error.message).toContain(why);
    expect(error.message).toContain("embedded-convex restore");
    expect(sumOfStore()).toBe(before);
    expect((await refusal()).code).toBe("DataDamaged"); // the lock is free again
  });

  test("[STORE5] a newer format is refused with its number, and left as it is", async () => {
    change("PRAGMA user_version = 99");
    const before = sumOfStore();
    const error = await refusal();
    expect(error.code).toBe("DataFromOtherVersion");
    expect(error.message).toMatch(/newer version of the engine \(format 99, this one reads 2\)/);
    expect(sumOfStore()).toBe(before);
  });

  test("[BACKUP6] a directory that a restore left half-filled is refused", async () => {
    mkdirSync(join(dir, ".restoring"));
    expect((await refusal()).code).toBe("RestoreUnfinished");
  });
});

describe("the look at every page", { timeout: 30_000 }, () => {
  const started: StartCheck[] = [];
  afterEach(() => {
    for (const check of started.splice(0)) check.stop();
  });

  /** As for a store that is too large to be looked at in line. */
  async function check(patienceMs: number, unclean = true, inspection = inspectStore(dir)) {
    const late = Promise.withResolvers<StoreError>();
    const events: string[] = [];
    const found = await checkAtStart({
      ...{ dir, mode: "auto", inspection: { ...inspection, unclean }, clock: systemClock() },
      logger: (_level, event) => events.push(event),
      onDamage: late.resolve,
      ...{ inlineBytes: 0, patienceMs },
    });
    started.push(found);
    return { late: late.promise, events };
  }

  test("[STORE10] a large store is looked at in a process of its own", async () => {
    expect((await check(20_000)).events).toEqual([]);
    spoilPage();
    await expect(check(20_000)).rejects.toMatchObject({ code: "DataDamaged" });
  });

  test("[STORE10] what takes long goes on beside the start and is told then", async () => {
    const good = await check(0);
    await expect
      .poll(() => good.events, { timeout: 20_000 })
      .toEqual(["store.check_continues", "store.check_passed"]);
    spoilPage();
    expect((await (await check(0)).late).code).toBe("DataDamaged");
  });

  test("[STORE10] a check that could not be made is not told as passed", async () => {
    const inspection = inspectStore(dir);
    rmSync(path); // the process ends with an error
    expect((await check(20_000, true, inspection)).events).toEqual(["store.check_failed"]);
    const later = await check(0, true, inspection);
    await expect
      .poll(() => later.events, { timeout: 20_000 })
      .toEqual(["store.check_continues", "store.check_failed"]);
  });

  test("[STORE10] after a clean stop nobody waits for it", async () => {
    const good = await check(20_000, false);
    await expect
      .poll(() => good.events, { timeout: 20_000 })
      .toEqual(["store.check_continues", "store.check_passed"]);
  });

  test("[STORE11] `off` looks at no pages, `full` at all", async () => {
    spoilPage();
    await (await open("off")).close();
    expect((await refusal("full")).code).toBe("DataDamaged");
  });
});
