/** Data of components, on its way in. */
import { createHash } from "node:crypto";
import {
  createWriteStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ZipFile } from "yazl";
import { randomBytesOf } from "../../test/fake-engine.ts";
import {
  collect,
  fullScan,
  objectValidator,
  TemporaryDatabase,
  tableSchema,
} from "../../test/temporary-database.ts";
import { readComponents, writeComponents } from "../deploy/component-rows.ts";
import { encodeId } from "../values/ids.ts";
import { type ImportState, readImports } from "./import-rows.ts";
import { type ImportRequest, type Imports, openImports } from "./imports.ts";

let bed: TemporaryDatabase;
let imports: Imports;

beforeEach(async () => {
  bed = await TemporaryDatabase.open();
  mkdirSync(join(bed.dir, "files"));
  imports = await openImports({
    database: bed.database,
    clock: bed.clock,
    logger: () => {},
    random: randomBytesOf,
    filesDir: join(bed.dir, "files"),
  });
});
afterEach(async () => {
  await imports.close();
  await bed.remove();
});

const stateOf = (id: string) =>
  bed.read((tx) => readImports(tx).find(({ _id }) => _id === id)?.state);
async function reached(id: string, states: RegExp): Promise<ImportState | undefined> {
  await expect.poll(() => stateOf(id)?.state, { timeout: 20_000 }).toMatch(states);
  return stateOf(id);
}

interface Imported {
  readonly state: ImportState | undefined;
  /** What had to be confirmed; null when nothing had to. */
  readonly asked: string | null;
}

/** To its end, confirmed where that is asked for. */
async function imported(request: ImportRequest): Promise<Imported> {
  const id = await imports.begin(request, async () => {});
  const state = await reached(id, /completed|failed|waiting/);
  if (state?.state !== "waiting_for_confirmation") return { state, asked: null };
  await imports.confirm(id);
  return { state: await reached(id, /completed|failed/), asked: state.message_to_confirm };
}

type Wanted = Partial<Pick<ImportRequest, "mode" | "component">>;

async function importZip(entries: Readonly<Record<string, string>>, wanted: Wanted = {}) {
  const path = join(bed.dir, "upload.zip");
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(entries)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  const request = { mode: "requireEmpty", component: "", format: "zip", table: null } as const;
  return await imported({ ...request, ...wanted, path });
}

const completed = { state: "completed" };
const idIn = (tableNumber: number, n: number) => encodeId(tableNumber, new Uint8Array(16).fill(n));
const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join("\n");
const all = (component: string, table: string) =>
  bed.read((tx) => collect(tx.within(component), fullScan(table)));
const bodies = (component: string, table = "notes") =>
  all(component, table).map(({ body }) => body);
const numberOf = (component: string, table: string) =>
  bed.database.catalog.in(component).table(table)?.number;
const states = () =>
  bed.read((tx) =>
    Object.fromEntries([...readComponents(tx)].map(([path, { state }]) => [path, state])),
  );
const filesOf = (component: string) =>
  bed.read((tx) => {
    const links = tx.system
      .query("_storage_internal", "by_file")
      .filter((link) => (link.component ?? "") === component);
    return tx
      .within(component)
      .system.query("_storage", "by_creation_time")
      .map(({ _id }) => {
        const link = links.find(({ fileId }) => fileId === _id);
        return readFileSync(join(bed.dir, "files", String(link?.storageId)), "utf8");
      });
  });

/** Mounts components of one definition, as a push does. */
const mount = (...paths: readonly string[]) =>
  bed.write((tx) => {
    const about = { state: "active", args: {}, env: {}, httpPrefix: null, httpMounts: {} } as const;
    const rows = paths.map((path) => ({
      ...about,
      ...{ path, name: path.split("/").at(-1) ?? "", definition: "notes" },
    }));
    writeComponents(tx, rows);
    for (const { path } of rows) tx.within(path).ensureSystemTables();
  });
const insert = (component: string, table: string, body: string) =>
  bed.write((tx) => tx.within(component).insert(table, { body }));

/** Entries of one stored file. */
function fileEntries(
  folder: string,
  text: string,
  n: number,
  internalId: string | null = null,
): Record<string, string> {
  const _id = idIn(540, n);
  const sha256 = createHash("sha256").update(text).digest("base64");
  const row = { _id, _creationTime: 7.5, sha256, size: text.length, internalId };
  return {
    [`${folder}_storage/documents.jsonl`]: lines(row),
    [`${folder}_storage/${_id}.txt`]: text,
  };
}

test("[IMPORT12] every component gets its own tables, numbers, ids, times and files", async () => {
  await mount("work", "work/audit");
  const note = { _id: idIn(10_007, 1), _creationTime: 1.5, body: "of work" };
  const line = { _id: idIn(10_007, 1), _creationTime: 2.5, body: "of audit" };
  const app = { _id: idIn(10_009, 1), _creationTime: 3.5, body: "of the app" };
  const { state } = await importZip({
    "outer/_tables/documents.jsonl": lines({ name: "notes", id: 10_009 }),
    "outer/notes/documents.jsonl": lines(app),
    ...fileEntries("outer/", "app file", 1),
    "outer/_components/work/_tables/documents.jsonl": lines({ name: "notes", id: 10_007 }),
    "outer/_components/work/notes/documents.jsonl": lines(note),
    ...fileEntries("outer/_components/work/", "work file", 1),
    "outer/_components/work/_components/audit/lines/documents.jsonl": lines(line),
    "outer/_components/work/_components/audit/lines/generated_schema.jsonl": '"uniform"\n',
    "outer/_components/work/_modules/documents.jsonl": lines({ path: "stolen.js" }),
  });
  expect(state).toMatchObject(completed);
  await imports.close();
  for (const restarted of [false, true]) {
    if (restarted) await bed.reopen();
    expect(all("", "notes")).toEqual([app]);
    expect(all("work", "notes")).toEqual([note]);
    expect(all("work/audit", "lines")).toEqual([line]);
    expect(numberOf("", "notes")).toBe(10_009);
    expect(numberOf("work", "notes")).toBe(10_007);
    expect(numberOf("work/audit", "lines")).toBe(10_007);
    expect(filesOf("")).toEqual(["app file"]);
    expect(filesOf("work")).toEqual(["work file"]);
    expect(filesOf("work/audit")).toEqual([]);
    expect(bed.read((tx) => tx.system.query("_modules", "by_path"))).toEqual([]);
  }
});

test("[IMPORT12] data of a component that is not there waits for it to be mounted", async () => {
  const { state } = await importZip({
    "_components/work/_components/audit/lines/documents.jsonl": lines({ body: "waits" }),
    ...fileEntries("_components/work/_components/audit/", "a file", 1),
  });
  expect(state).toMatchObject(completed);
  expect(states()).toEqual({ work: "unmounted", "work/audit": "unmounted" });
  await mount("work", "work/audit");
  expect(states()).toEqual({ work: "active", "work/audit": "active" });
  expect(bodies("work/audit", "lines")).toEqual(["waits"]);
  expect(filesOf("work/audit")).toEqual(["a file"]);
});

test("[IMPORT12] files and snapshots go into the component that is named", async () => {
  await mount("work", "home");
  const path = join(bed.dir, "upload.jsonl");
  writeFileSync(path, lines({ body: "by line" }));
  const request = { path, mode: "append", format: "jsonLines", table: "notes" } as const;
  const { state } = await imported({ ...request, component: "work" });
  expect(state).toMatchObject(completed);
  const entries = {
    "notes/documents.jsonl": lines({ body: "of the top" }),
    "_components/audit/notes/documents.jsonl": lines({ body: "of below" }),
  };
  const snapshot = await importZip(entries, { component: "work", mode: "append" });
  expect(snapshot.state).toMatchObject(completed);
  expect(bodies("work").toSorted()).toEqual(["by line", "of the top"]);
  expect(bodies("work/audit")).toEqual(["of below"]);
  expect(bodies("home")).toEqual([]);
  expect(bodies("")).toEqual([]);
});

test("[IMPORT12] `replace` empties the component's own tables, `replaceAll` everybody's", async () => {
  await mount("work", "home");
  for (const component of ["", "work", "home"]) {
    for (const table of ["notes", "others"]) await insert(component, table, "old");
  }
  await mount("work"); // home is unmounted
  const entries = { "_components/work/notes/documents.jsonl": lines({ body: "new" }) };
  const replace = await importZip(entries, { mode: "replace" });
  expect(replace.state).toMatchObject(completed);
  expect(replace.asked).toContain('notes in component "work": 1 deleted, 1 added');
  expect(bodies("work")).toEqual(["new"]);
  for (const component of ["", "home"]) expect(bodies(component)).toEqual(["old"]);
  expect(bodies("work", "others")).toEqual(["old"]);

  const replaceAll = await importZip(entries, { mode: "replaceAll" });
  expect(replaceAll.state).toMatchObject(completed);
  expect(replaceAll.asked).toContain('others in component "home": 1 deleted, 0 added');
  expect(bodies("work")).toEqual(["new"]);
  for (const component of ["", "home", "work"]) expect(bodies(component, "others")).toEqual([]);
  for (const component of ["", "home"]) expect(bodies(component)).toEqual([]);
});

test("[IMPORT12] files of a component are replaced after a confirmation, others' stay", async () => {
  const both = (text: string, n: number) => ({
    ...fileEntries("_components/work/", `work ${text}`, n),
    ...(n === 1 ? fileEntries("_components/home/", `home ${text}`, n) : {}),
  });
  expect((await importZip(both("old", 1))).state).toMatchObject(completed);
  expect((await importZip(both("new", 2))).state).toMatchObject({
    error_message: expect.stringContaining('There are stored files in component "work" already'),
  });
  const { state, asked } = await importZip(both("new", 2), { mode: "replaceAll" });
  expect(state).toMatchObject(completed);
  expect(asked).toContain('_storage in component "work": 1 deleted, 1 added');
  expect(filesOf("work")).toEqual(["work new"]);
  expect(filesOf("home")).toEqual(["home old"]);
});

const UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const namesOf = (component: string) =>
  bed.read((tx) =>
    tx.system
      .query("_storage_internal", "by_file")
      .filter((link) => (link.component ?? "") === component)
      .map(({ storageId }) => storageId),
  );

test("[IMPORT1] a file keeps its name when a failed import has left its bytes, and when it is replaced", async () => {
  const file = fileEntries("", "bytes", 1, UUID);
  await insert("", "notes", "in the way");
  const refused = { ...file, "notes/documents.jsonl": "" };
  expect((await importZip(refused)).state).toMatchObject({ state: "failed" });
  expect(readdirSync(join(bed.dir, "files"))).toEqual([UUID]);
  const old = new Date(0);
  utimesSync(join(bed.dir, "files", UUID), old, old);
  expect((await importZip(file)).state).toMatchObject(completed);
  expect(namesOf("")).toEqual([UUID]);
  expect(statSync(join(bed.dir, "files", UUID)).mtimeMs).toBeGreaterThan(0); // for the sweep
  expect((await importZip(file, { mode: "replace" })).state).toMatchObject(completed);
  expect(namesOf("")).toEqual([UUID]);
  expect(filesOf("")).toEqual(["bytes"]);
});

test("[IMPORT12] a name that another file has goes to no second one", async () => {
  await mount("work");
  const app = fileEntries("", "bytes", 1, UUID);
  expect((await importZip(app)).state).toMatchObject(completed);
  expect((await importZip(app, { component: "work" })).state).toMatchObject(completed);
  expect(namesOf("")).toEqual([UUID]);
  expect(namesOf("work")).not.toEqual([UUID]);
  expect(filesOf("work")).toEqual(["bytes"]);
  await importZip(fileEntries("", "others", 2, UUID), { mode: "replace" });
  expect(namesOf("")).not.toEqual([UUID]);
  expect(filesOf("")).toEqual(["others"]);
});

test("[IMPORT8] files alone are not deleted without a confirmation either", async () => {
  await importZip(fileEntries("", "old", 1));
  const { asked } = await importZip(fileEntries("", "new", 2), { mode: "replace" });
  expect(asked).toContain("_storage: 1 deleted, 1 added");
  expect(filesOf("")).toEqual(["new"]);
  const none = await importZip({ "_storage/documents.jsonl": "" });
  expect(none.state).toMatchObject({ state: "failed" });
  expect(filesOf("")).toEqual(["new"]);
});

test("[IMPORT4] a table of a component that has documents is refused by name", async () => {
  await mount("work");
  await insert("work", "notes", "old");
  const entries = {
    "notes/documents.jsonl": lines({ body: "x" }),
    "_components/work/notes/documents.jsonl": lines({ body: "new" }),
  };
  expect((await importZip(entries)).state).toMatchObject({
    error_message: expect.stringContaining('Table notes in component "work" already exists'),
  });
  expect(bodies("work")).toEqual(["old"]);
  expect(bodies("")).toEqual([]);
});

test("[IMPORT6] a component's documents must satisfy its own schema", async () => {
  await mount("work");
  const schema = tableSchema("notes", { by_body: ["body"] }, objectValidator({ body: TEXT }));
  await bed.activate(schema, "work");
  const entries = (body: unknown) => ({
    "notes/documents.jsonl": lines({ anything: 1 }),
    "_components/work/notes/documents.jsonl": lines({ body }),
  });
  expect((await importZip(entries(5))).state).toMatchObject({
    error_message: expect.stringMatching(
      /^_components\/work\/notes\/documents.jsonl line 1: .* does not match the schema/,
    ),
  });
  expect(bodies("")).toEqual([]);
  expect((await importZip(entries("fits"))).state).toMatchObject(completed);
  const index = bed.database.catalog.in("work").table("notes")?.indexes.get("by_body");
  expect(index?.pending).toBe(false);
});

test("[IMPORT3] an empty cell is no field where the component's schema has it optional", async () => {
  await mount("work");
  const validator = objectValidator({
    n: { type: "number" },
    "body?": { type: "literal", value: "x" },
  });
  await bed.activate(tableSchema("notes", {}, validator), "work");
  const path = join(bed.dir, "notes.csv");
  writeFileSync(path, "n,body\n1,x\n2,\n");
  const request = { path, mode: "append", format: "csv", table: "notes" } as const;
  const { state } = await imported({ ...request, component: "work" });
  expect(state).toMatchObject(completed);
  expect(bodies("work")).toEqual(["x", undefined]);
});

test("[IMPORT5] a table that others of its component refer to keeps its number there", async () => {
  await mount("work");
  const reference = objectValidator({ note: { type: "id", tableName: "notes" } });
  await bed.activate(tableSchema("links", {}, reference), "work");
  await bed.write((tx) => {
    const work = tx.within("work");
    work.insert("links", { note: work.insert("notes", { body: "old" }) });
  });
  const entries = (folder: string) => ({
    [`${folder}_tables/documents.jsonl`]: lines({ name: "notes", id: 10_050 }),
    [`${folder}notes/documents.jsonl`]: lines({ body: "new" }),
  });
  const inside = await importZip(entries("_components/work/"), { mode: "replace" });
  expect(inside.state).toMatchObject({
    error_message:
      'ImportForeignKey: "links" is not part of the import and refers to "notes" in component "work", whose ids would change.',
  });
  expect(bodies("work")).toEqual(["old"]);
  expect((await importZip(entries(""), { mode: "replace" })).state).toMatchObject(completed);
});

test("[IMPORT5] numbers are taken and kept component by component", async () => {
  await mount("work");
  await insert("work", "kept", "has documents"); // takes 10001 in its component
  const entries = {
    "_tables/documents.jsonl": lines({ name: "notes", id: 10_001 }),
    "notes/documents.jsonl": lines({ body: "app" }),
  };
  expect((await importZip(entries)).state).toMatchObject(completed);
  const inside = {
    "_components/work/_tables/documents.jsonl": lines({ name: "notes", id: 10_001 }),
    "_components/work/notes/documents.jsonl": lines({ body: "work" }),
  };
  expect((await importZip(inside)).state).toMatchObject({
    error_message:
      '"notes" in component "work" has the table number 10001 in the file, which belongs to "kept" here.',
  });
});

test("[IMPORT7] a name that no component can have, and too many of them, change nothing", async () => {
  const bad = await importZip({
    "_components/no-name/notes/documents.jsonl": lines({ body: "x" }),
  });
  expect(bad.state).toMatchObject({
    error_message: expect.stringContaining("does not name a component"),
  });
  const many = Array.from({ length: 1001 }, (_, n) => [
    `_components/c${n}/t/documents.jsonl`,
    "{}",
  ]);
  expect((await importZip(Object.fromEntries(many))).state).toMatchObject({
    error_message: expect.stringContaining("1001 components"),
  });
  expect(states()).toEqual({});
});

const TEXT = { type: "string" };
