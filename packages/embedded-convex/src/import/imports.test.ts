import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ZipFile } from "yazl";
import { randomBytesOf } from "../../test/fake-engine.ts";
import { TemporaryDatabase } from "../../test/temporary-database.ts";
import type { Commit } from "../rooms.ts";
import { overlaps } from "../subscriptions/touch-index.ts";
import { encodeId } from "../values/ids.ts";
import { insertImport, readImports } from "./import-rows.ts";
import { type ImportRequest, type Imports, openImports } from "./imports.ts";

let bed: TemporaryDatabase;
let imports: Imports;

beforeEach(async () => {
  bed = await TemporaryDatabase.open();
  mkdirSync(join(bed.dir, "files"));
  imports = await open();
});
afterEach(async () => {
  await imports.close();
  await bed.remove();
});

const open = () =>
  openImports({
    database: bed.database,
    clock: bed.clock,
    logger: () => {},
    random: randomBytesOf,
    filesDir: join(bed.dir, "files"),
  });
const stateOf = (id: string) =>
  bed.read((tx) => readImports(tx).find(({ _id }) => _id === id)?.state);
const reached = async (id: string, states: RegExp) => {
  await expect.poll(() => stateOf(id)?.state, { timeout: 20_000 }).toMatch(states);
  return stateOf(id);
};
const ENDED = /completed|failed/;
type Wanted = Omit<ImportRequest, "path" | "component"> & { readonly component?: string };
const begin = (request: Wanted, path: string) =>
  imports.begin({ component: "", ...request, path }, async () => {});

/** A snapshot's zip, imported to its end. */
async function importZip(
  files: Readonly<Record<string, string>>,
  mode: ImportRequest["mode"] = "replace",
  component = "",
) {
  const path = join(bed.dir, "upload.zip");
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  const id = await begin({ format: "zip", mode, table: null, component }, path);
  const state = await reached(id, /completed|failed|waiting/);
  if (state?.state !== "waiting_for_confirmation") return state;
  await imports.confirm(id);
  return await reached(id, ENDED);
}
async function importLines(text: string, mode: ImportRequest["mode"], table = "things") {
  const path = join(bed.dir, "upload.jsonl");
  writeFileSync(path, text);
  return await reached(await begin({ format: "jsonLines", mode, table }, path), ENDED);
}

const idIn = (tableNumber: number, n = 0) => encodeId(tableNumber, new Uint8Array(16).fill(n));
const table = (name: string) => bed.database.catalog.table(name);
const fullScan = (tableName: string) => ({
  source: { type: "FullTableScan", tableName, order: null },
  operators: [],
});
function all(tableName: string): { [field: string]: unknown }[] {
  return bed.read((tx) => {
    const cursor = tx.openQuery(fullScan(tableName));
    const found: { [field: string]: unknown }[] = [];
    for (let json = cursor.next(); json !== null; json = cursor.next())
      found.push(JSON.parse(json));
    return found;
  });
}
const numbersOf = (entries: Readonly<Record<string, number>>) =>
  Object.entries(entries)
    .map(([name, id]) => JSON.stringify({ name, id }))
    .join("\n");

/** Every document is in the store once, and every row leads to one. */
function expectSoundStore(): void {
  const sqlite = new DatabaseSync(join(bed.dir, "data.sqlite"), { readOnly: true });
  const one = (sql: string) => Object.values(sqlite.prepare(sql).get() ?? {})[0];
  expect(
    one("SELECT count(*) FROM documents WHERE serial NOT IN (SELECT serial FROM index_rows)"),
  ).toBe(0);
  expect(
    one("SELECT count(*) FROM index_rows WHERE serial NOT IN (SELECT serial FROM documents)"),
  ).toBe(0);
  for (const { number, name } of bed.database.catalog.userTables) {
    const stored = one(`SELECT count FROM counts WHERE table_number = ${number}`) ?? 0;
    expect([name, stored]).toEqual([name, all(name).length]);
  }
  sqlite.close();
}

test("[IMPORT5] tables take the file's numbers, also each other's, and the store stays sound", async () => {
  await bed.activate({
    tables: ["one", "two"].map((tableName) => ({
      tableName,
      indexes: [{ indexDescriptor: "by_n", fields: ["n"] }],
      searchIndexes: [],
      vectorIndexes: [],
      documentType: { type: "any" },
    })),
    schemaValidation: true,
  });
  await bed.write((tx) => {
    for (const n of [1, 2, 3]) tx.insert("one", { n });
    tx.insert("two", { n: 4 });
  });
  expect([table("one")?.number, table("two")?.number]).toEqual([10_001, 10_002]);
  const state = await importZip({
    "_tables/documents.jsonl": numbersOf({ one: 10_002, two: 10_001 }),
    "one/documents.jsonl": JSON.stringify({ _id: idIn(10_002), _creationTime: 5.5, n: 7 }),
    "two/documents.jsonl": JSON.stringify({ _id: idIn(10_001), _creationTime: 6.5, n: 8 }),
  });
  expect(state).toMatchObject({ state: "completed" });
  await imports.close();
  for (const restarted of [false, true]) {
    if (restarted) await bed.reopen();
    expect([table("one")?.number, table("two")?.number]).toEqual([10_002, 10_001]);
    expect(all("one")).toEqual([{ _id: idIn(10_002), _creationTime: 5.5, n: 7 }]);
    expect(all("two")).toEqual([{ _id: idIn(10_001), _creationTime: 6.5, n: 8 }]);
    expect([...(table("one")?.indexes.keys() ?? [])]).toContain("by_n");
    expectSoundStore();
  }
  imports = await open();
});

test("[IMPORT5] who looked an id up is told when its number comes to mean another table", async () => {
  await bed.write((tx) => ["one", "two"].map((name) => tx.ensureTable(name)));
  const reads = bed.read((tx) => {
    tx.touchDeployment(); // as every execution does
    expect(tx.get(idIn(10_001))).toBeNull();
    return tx.snapshotReads();
  });
  const commits: Commit[] = [];
  bed.database.onDurable((durable) => commits.push(...durable));
  await importZip({
    "_tables/documents.jsonl": numbersOf({ two: 10_001 }),
    "two/documents.jsonl": JSON.stringify({ _id: idIn(10_001), _creationTime: 1.5 }),
  });
  expect(bed.read((tx) => tx.get(idIn(10_001)))).not.toBeNull();
  await expect.poll(() => commits.some((commit) => overlaps(reads, commit))).toBe(true);
});

test("[IMPORT5] an empty table gives its number away, one with documents does not", async () => {
  await bed.write((tx) => tx.ensureTable("empty"));
  const files = {
    "_tables/documents.jsonl": numbersOf({ things: 10_001 }),
    "things/documents.jsonl": JSON.stringify({ _id: idIn(10_001), _creationTime: 1.5 }),
  };
  expect(await importZip(files)).toMatchObject({ state: "completed" });
  expect([table("things")?.number, table("empty")?.number]).toEqual([10_001, 10_002]);
  await bed.write((tx) => tx.insert("empty", {}));
  const more = {
    "_tables/documents.jsonl": numbersOf({ more: 10_002 }),
    "more/documents.jsonl": "{}",
  };
  expect(await importZip(more)).toMatchObject({
    error_message: '"more" has the table number 10002 in the file, which belongs to "empty" here.',
  });
});

test("[IMPORT5] a table others refer to keeps its number", async () => {
  const schema = (name: string, documentType: object) => ({
    tableName: name,
    indexes: [],
    searchIndexes: [],
    vectorIndexes: [],
    documentType: { ...documentType },
  });
  const fieldType = { type: "id", tableName: "owners" };
  await bed.activate({
    tables: [
      schema("owners", { type: "any" }),
      schema("things", { type: "object", value: { owner: { fieldType, optional: false } } }),
    ],
    schemaValidation: true,
  });
  await bed.write((tx) => tx.insert("things", { owner: tx.insert("owners", {}) }));
  const state = await importZip({
    "_tables/documents.jsonl": numbersOf({ owners: 10_050 }),
    "owners/documents.jsonl": "{}",
  });
  expect(state).toMatchObject({ error_message: expect.stringContaining("ImportForeignKey") });

  expect(await importLines(`{"owner":"${idIn(10_002)}"}`, "append")).toMatchObject({
    error_message: expect.stringContaining("does not match the schema"),
  });
});

test("[IMPORT6] documents satisfy the active schema, or the import fails", async () => {
  const value = { n: { fieldType: { type: "number" }, optional: false } };
  const documentType = { type: "object", value };
  const things = { tableName: "things", indexes: [], searchIndexes: [], vectorIndexes: [] };
  await bed.activate({ tables: [{ ...things, documentType }], schemaValidation: true });
  expect(await importLines('{"n":1}', "append")).toMatchObject({ state: "completed" });
  expect(await importLines('{"n":1}\n{"n":"1"}', "append")).toMatchObject({
    error_message: expect.stringMatching(/^The file's line 2: .* does not match the schema/),
  });
  expect(all("things")).toHaveLength(1);
});

test("[IMPORT7] everything arrives in one commit, and others commit meanwhile", async () => {
  const lines = Array.from({ length: 5000 }, (_, n) =>
    JSON.stringify({ n, text: "x".repeat(200) }),
  );
  const sizes: number[] = [];
  bed.database.onDurable((commits) => {
    for (const { documents } of commits)
      sizes.push(documents.filter((each) => each.table === "things").length);
  });
  let others = 0;
  const path = join(bed.dir, "upload.jsonl");
  writeFileSync(path, lines.join("\n"));
  const id = await begin({ format: "jsonLines", mode: "append", table: "things" }, path);
  while (!ENDED.test(stateOf(id)?.state ?? "")) {
    await bed.write((tx) => tx.insert("other", {}));
    if (stateOf(id)?.state === "in_progress") others++;
  }
  expect(stateOf(id)).toMatchObject({ state: "completed" });
  await bed.database.whenDurable(bed.database.latestTs);
  expect(sizes.filter((size) => size > 0)).toEqual([5000]);
  expect(others).toBeGreaterThan(0);
  expectSoundStore();
});

test("[IMPORT1] documents with ids replace themselves, and the store stays sound", async () => {
  await importLines('{"n":1}\n{"n":2}', "requireEmpty");
  const before = all("things");
  const lines = before.map((document) => JSON.stringify({ ...document, changed: true })).join("\n");
  const state = await importZip({ "things/documents.jsonl": lines });
  expect(state).toMatchObject({ state: "completed" });
  expect(all("things")).toEqual(before.map((document) => ({ ...document, changed: true })));
  expectSoundStore();
  const again = await importZip({ "things/documents.jsonl": lines }, "append");
  expect(again).toMatchObject({ error_message: expect.stringContaining("already is a document") });
});

test("[IMPORT8] nothing happens until a deletion is confirmed, and an hour later it is too late", async () => {
  await importLines('{"n":1}', "requireEmpty");
  writeFileSync(join(bed.dir, "new.jsonl"), '{"n":2}');
  const request = { format: "jsonLines", mode: "replace", table: "things" } as const;
  const id = await begin(request, join(bed.dir, "new.jsonl"));
  expect(await reached(id, /waiting/)).toMatchObject({ require_manual_confirmation: true });
  bed.clock.advance(3_600_001);
  expect(await reached(id, ENDED)).toMatchObject({ state: "failed" });
  await imports.confirm(id);
  expect(all("things")).toMatchObject([{ n: 1 }]);
});

test("[IMPORT9] an import that the end of the process cut short has failed", async () => {
  const id = await bed.write((tx) => insertImport(tx, {}));
  await imports.close();
  imports = await open();
  expect(stateOf(id)).toMatchObject({
    state: "failed",
    error_message: "The deployment was restarted.",
  });
});

test("[IMPORT7] a damaged zip changes nothing", async () => {
  const path = join(bed.dir, "upload.zip");
  const zip = new ZipFile();
  const text = Buffer.from('{"n":1}\n{"n":2}');
  zip.addBuffer(text, "things/documents.jsonl", { compress: false });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  const bytes = readFileSync(path);
  bytes.write("3", bytes.indexOf('"n":2') + 4);
  writeFileSync(path, bytes);
  const id = await begin({ format: "zip", mode: "append", table: null }, path);
  expect(await reached(id, ENDED)).toMatchObject({
    error_message: "things/documents.jsonl is damaged: wrong checksum",
  });
  expect(all("things")).toEqual([]);
});

test("[IMPORT4] a snapshot inside a folder is found, tables of the engine are left out", async () => {
  const state = await importZip({
    "outer/things/documents.jsonl": '{"n":1}\n{"n":1.0}',
    "outer/things/generated_schema.jsonl": '"uniform"\n',
    "outer/_environment/documents.jsonl": '{"name":"A","value":"1"}',
  });
  expect(state).toMatchObject({ state: "completed" });
  expect(all("things")).toMatchObject([{ n: { $integer: "AQAAAAAAAAA=" } }, { n: 1 }]);
  expect(bed.read((tx) => tx.system.query("_environment", "by_name"))).toEqual([]);
  expect(await importZip({ "readme.txt": "hello" })).toMatchObject({
    error_message: expect.stringContaining("not a snapshot"),
  });
});

test("[IMPORT5] a table that comes back under another name has its documents, after a restart too", async () => {
  await bed.write((tx) => tx.insert("one", { n: 1 }));
  const [document] = all("one");
  const state = await importZip(
    {
      "_tables/documents.jsonl": numbersOf({ two: 10_001 }),
      "two/documents.jsonl": JSON.stringify(document),
    },
    "replaceAll",
  );
  expect(state).toMatchObject({ state: "completed" });
  await imports.close();
  for (const restarted of [false, true]) {
    if (restarted) await bed.reopen();
    expect([all("one"), all("two")]).toEqual([[], [document]]);
    expect(bed.read((tx) => tx.get(String(document?._id)))).toBe(JSON.stringify(document));
    expectSoundStore();
  }
  imports = await open();
});
