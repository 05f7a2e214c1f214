/** Full-text and vector indexes, of the app and of a component, through backup, restore and verify. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { searchSchema, searchTexts } from "../../test/searching.ts";
import { TemporaryDatabase } from "../../test/temporary-database.ts";
import { systemClock } from "../clock.ts";
import { openDatabase } from "../database/database.ts";
import { DATABASE_FILE } from "../store/format.ts";
import { restoreBackup } from "./restore.ts";
import { takeBackup } from "./take-backup.ts";
import { verifyStore } from "./verify-store.ts";

const VECTOR = { indexDescriptor: "by_v", vectorField: "v", dimensions: 2, filterFields: ["n"] };
const COMPONENTS = ["", "part"];

let bed: TemporaryDatabase;
beforeEach(async () => {
  bed = await TemporaryDatabase.open();
  for (const component of COMPONENTS) {
    await bed.activate(searchSchema({ vectorIndexes: [VECTOR] }), component);
    await bed.write((tx) => {
      const view = tx.within(component);
      for (let n = 0; n < 300; n++) view.insert("notes", { body: `word ${n}`, n, v: [1, n] });
      view.insert("notes", { body: 7, v: "none" });
    });
  }
  writeFileSync(join(bed.dir, "admin-key"), "key");
  mkdirSync(join(bed.dir, "files"));
});
afterEach(() => bed.remove());

const problems = async (dir = bed.dir) => (await verifyStore(dir)).problems;

function change(make: (indexOf: (component: string, name: string) => number) => string): void {
  const { catalog } = bed.database;
  const indexOf = (component: string, name: string) =>
    catalog.in(component).table("notes")?.searches.get(name)?.id ?? 0;
  const sqlite = new DatabaseSync(join(bed.dir, DATABASE_FILE));
  sqlite.exec(make(indexOf));
  sqlite.close();
}

test("[BACKUP1] what searches found before a backup they find in its restored copy", async () => {
  const target = join(bed.dir, "backup");
  await takeBackup({ dir: bed.dir, target, nowMs: Date.now() });
  const dir = join(bed.dir, "restored");
  await restoreBackup({ from: target, dir });
  expect(await problems(dir)).toEqual([]);
  const restored = await openDatabase({
    dir,
    clock: systemClock(),
    logger: () => undefined,
    random: (bytes) => new Uint8Array(bytes),
    check: "full",
  });
  for (const component of COMPONENTS) {
    const tx = restored.begin();
    expect(await searchTexts(tx.within(component), "299")).toEqual(["word 299"]);
    tx.close();
    const query = { indexName: "notes.by_v", vector: [1, 0], limit: 256 };
    expect(await restored.vectorSearch(component, query)).toHaveLength(256);
  }
  await restored.close();
});

test("[BACKUP4] staged indexes that are being filled are no damage", async () => {
  await bed.activate(searchSchema({ searchIndexes: [], stagedVectorIndexes: [VECTOR] }), "new");
  const staged = () => bed.database.catalog.in("new").table("notes")?.searches.get("by_v")?.staged;
  await expect.poll(staged).toBe("filled");
  await bed.write((tx) => {
    for (const row of tx.system.query("_indexes", "by_creation_time"))
      if (row.staged !== undefined) tx.system.patch("_indexes", row._id, { staged: "filling" });
  });
  change((indexOf) => `DROP TABLE IF EXISTS vectors_${indexOf("new", "by_v")}`);
  expect(await problems()).toEqual([]);
});

test.each<[string, string, (index: number) => string, RegExp]>([
  [
    "a text that is not indexed",
    "by_body",
    (index) => `DELETE FROM text_${index} WHERE rowid = (SELECT max(rowid) FROM text_${index})`,
    /index part\/notes\.by_body lacks 1 of 301 documents and has 301 rows/,
  ],
  [
    "a text too many",
    "by_body",
    (index) => `INSERT INTO text_${index} (rowid, terms) VALUES (5, 'x')`,
    /by_body lacks 0 of 301 documents and has 302 rows/,
  ],
  [
    "wrong totals of terms",
    "by_body",
    () => "UPDATE text_totals SET tokens = tokens + 1",
    /by_body counts 601 terms, its documents have 600/,
  ],
  [
    "another vector than the document's",
    "by_v",
    (index) => `UPDATE vectors_${index} SET vector = zeroblob(8)
      WHERE serial = (SELECT min(serial) FROM vectors_${index})`,
    /index part\/notes\.by_v lacks 1 of 300 documents and has 300 rows/,
  ],
  ["a missing table", "by_v", (index) => `DROP TABLE vectors_${index}`, /by_v has no table/],
  [
    "documents that an index lacks",
    "by_body",
    () => "DELETE FROM index_rows WHERE serial = (SELECT max(serial) FROM documents)",
    /index part\/notes\.by_creation_time has 300 rows/,
  ],
])("[BACKUP4] in a component, %s is found", async (_what, name, spoil, why) => {
  expect(await problems()).toEqual([]);
  change((indexOf) => spoil(indexOf("part", name)));
  expect((await problems()).join("; ")).toMatch(why);
});
