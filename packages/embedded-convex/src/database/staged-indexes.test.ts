/** Indexes of every kind on their way: defined, filled, staged, enabled, dropped. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { JSONValue } from "convex/values";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { searchSchema, searchTexts } from "../../test/searching.ts";
import { collect, indexRange, TemporaryDatabase } from "../../test/temporary-database.ts";
import { PushError } from "../errors.ts";
import { DATABASE_FILE } from "../store/format.ts";
import { parseSchema } from "./schema.ts";

let bed: TemporaryDatabase;
beforeEach(async () => {
  bed = await TemporaryDatabase.open();
});
afterEach(() => bed.remove());

const TEXT = { indexDescriptor: "by_words", searchField: "body", filterFields: [] };
const VECTOR = { indexDescriptor: "by_v", vectorField: "v", dimensions: 2, filterFields: [] };
const FIELDS = { indexDescriptor: "by_n", fields: ["n"] };
const STAGED = {
  stagedDbIndexes: [FIELDS],
  stagedSearchIndexes: [TEXT],
  stagedVectorIndexes: [VECTOR],
};
const ENABLED = { indexes: [FIELDS], searchIndexes: [TEXT], vectorIndexes: [VECTOR] };
const NONE = { searchIndexes: [] };

const byBody = async (index: string, text = "word") => {
  const tx = bed.database.begin();
  try {
    return await searchTexts(tx, text, {}, index);
  } finally {
    tx.close();
  }
};
const byN = () => bed.read((tx) => collect(tx, indexRange("notes.by_n", [])).map(({ n }) => n));
const near = () => bed.database.vectorSearch("", { indexName: "notes.by_v", vector: [1, 0] });
const insert = (...numbers: number[]) =>
  bed.write((tx) => numbers.map((n) => tx.insert("notes", { body: `word ${n}`, n, v: [1, n] })));
const filled = () =>
  expect
    .poll(() => {
      const table = bed.database.catalog.table("notes");
      const all = [...(table?.indexes.values() ?? []), ...(table?.searches.values() ?? [])];
      return all.filter(({ staged }) => staged === "filling").length;
    })
    .toBe(0);

function tablesOnDisk(): string[] {
  const sqlite = new DatabaseSync(join(bed.dir, DATABASE_FILE), { readOnly: true });
  const names = sqlite.prepare("SELECT name FROM sqlite_master").all();
  sqlite.close();
  return names.map(({ name }) => String(name)).filter((name) => /^(text|vectors)_\d+$/.test(name));
}

describe("staged indexes", () => {
  test("[SCHEMA10] they are filled and kept up to date, and answer only once enabled", async () => {
    await bed.activate(searchSchema(NONE));
    await insert(1, 2);
    await bed.activate(searchSchema({ ...NONE, ...STAGED }));
    const refusal = (name: string) =>
      `Index notes.${name} is currently staged and not available to query until it is enabled.`;
    await expect(byBody("by_words")).rejects.toThrow(refusal("by_words"));
    await expect(near()).rejects.toThrow(refusal("by_v"));
    expect(byN).toThrow(refusal("by_n"));
    await filled();
    await insert(3);
    const push = bed.prepareSchema(searchSchema(ENABLED));
    expect(push.diffs.get("")).toMatchObject({ added: [], removed: [], disabled: [] });
    expect(push.diffs.get("")?.enabled.map(({ name }) => name)).toEqual([
      "by_n",
      "by_words",
      "by_v",
    ]);
    expect((await push.wait(10_000)).kind).toBe("complete");
    await bed.write((tx) => tx.activateSchema(push));
    expect((await byBody("by_words")).sort()).toEqual(["word 1", "word 2", "word 3"]);
    expect(byN()).toEqual([1, 2, 3]);
    expect(await near()).toHaveLength(3);
  });

  test("[SCHEMA10] one enabled before it is full is filled first, also after a restart", async () => {
    await bed.activate(searchSchema(NONE));
    await insert(...Array.from({ length: 500 }, (_, i) => i));
    await bed.activate(searchSchema({ ...NONE, ...STAGED }));
    await bed.activate(searchSchema(ENABLED));
    expect(byN()).toHaveLength(500);
    expect(await byBody("by_words")).toHaveLength(500);
    await bed.activate(searchSchema({ ...NONE, ...STAGED }));
    await bed.reopen();
    await filled();
    await bed.activate(searchSchema(ENABLED));
    expect(await byBody("by_words", "7")).toEqual(
      expect.arrayContaining(["word 7", "word 70", "word 79"]),
    );
    expect(await near()).toHaveLength(10);
  });

  test("[SCHEMA10] an index that becomes staged keeps its rows", async () => {
    await bed.activate(searchSchema(ENABLED));
    await insert(1);
    const push = bed.prepareSchema(searchSchema({ ...NONE, ...STAGED }));
    expect(push.diffs.get("")?.disabled.map(({ name }) => name)).toEqual([
      "by_n",
      "by_words",
      "by_v",
    ]);
    await bed.write((tx) => tx.activateSchema(push));
    await expect(byBody("by_words")).rejects.toThrow("currently staged");
    const before = tablesOnDisk();
    await bed.activate(searchSchema(ENABLED));
    expect(tablesOnDisk()).toEqual(before);
    expect(await byBody("by_words")).toEqual(["word 1"]);
  });
});

describe("search indexes at a push", () => {
  test("[SCHEMA3] they are filled while writes go on, and hold every document once", async () => {
    await bed.activate(searchSchema(NONE));
    await insert(...Array.from({ length: 600 }, (_, i) => i));
    const push = bed.prepareSchema(searchSchema(ENABLED));
    await expect(byBody("by_words")).rejects.toThrow(
      "Index notes.by_words is currently backfilling and not available to query yet.",
    );
    const ids = bed.read((tx) =>
      collect(tx, {
        source: { type: "FullTableScan", tableName: "notes", order: "desc" },
        operators: [],
      }).map(({ _id }) => String(_id)),
    );
    for (const id of ids.slice(0, 50)) await bed.write((tx) => tx.patch(id, { body: "word new" }));
    await bed.write((tx) => tx.remove(ids[599] ?? ""));
    expect((await push.wait(10_000)).kind).toBe("complete");
    await bed.write((tx) => tx.activateSchema(push));
    expect(await byBody("by_words")).toHaveLength(599);
    expect(await byBody("by_words", "new")).toHaveLength(50);
  });

  test("[SCHEMA5] what a push removes goes from the disk later", async () => {
    await bed.activate(searchSchema(ENABLED));
    await insert(1);
    expect(tablesOnDisk()).toHaveLength(2);
    await bed.activate(searchSchema(NONE));
    await expect(byBody("by_words")).rejects.toThrow("Index notes.by_words not found.");
    expect(tablesOnDisk()).toHaveLength(2);
    bed.clock.advance(5 * 60_000);
    await expect.poll(tablesOnDisk).toEqual([]);
  });

  test("[SCHEMA5] an index over other fields takes the old one's place at the activation", async () => {
    await bed.activate(searchSchema({ searchIndexes: [TEXT] }));
    await bed.write((tx) => tx.insert("notes", { body: "word", title: "else" }));
    const push = bed.prepareSchema(
      searchSchema({ searchIndexes: [{ ...TEXT, filterFields: ["title"] }] }),
    );
    expect((await push.wait(10_000)).kind).toBe("complete");
    expect(await byBody("by_words")).toEqual(["word"]);
    await bed.write((tx) => tx.activateSchema(push));
    expect(await byBody("by_words")).toEqual(["word"]);
    expect(bed.database.catalog.table("notes")?.searches.size).toBe(1);
  });
});

describe("definitions", () => {
  const many = Array.from({ length: 17 }, (_, i) => `f${i}`);
  const refused: [string, { [field: string]: JSONValue }, string][] = [
    [
      "17 filter fields",
      { searchIndexes: [{ ...TEXT, filterFields: many }] },
      "up to 16 filter fields",
    ],
    [
      "1 dimension",
      { vectorIndexes: [{ ...VECTOR, dimensions: 1 }] },
      "Dimensions 1 must be between 2 and 4096.",
    ],
    [
      "4097 dimensions",
      { vectorIndexes: [{ ...VECTOR, dimensions: 4097 }] },
      "Dimensions 4097 must be",
    ],
    [
      "another's searchField and filters",
      { searchIndexes: [TEXT, { ...TEXT, indexDescriptor: "b" }] },
      'search index "by_words" and search index "b" have the same `searchField`',
    ],
    [
      "another's vectorField",
      { vectorIndexes: [VECTOR], stagedVectorIndexes: [{ ...VECTOR, indexDescriptor: "b" }] },
      'vector index "by_v" and vector index "b" have the same `vectorField`',
    ],
    [
      "another kind's name",
      { indexes: [{ ...FIELDS, indexDescriptor: "by_words" }], searchIndexes: [TEXT] },
      'Table "notes" has two indexes named "by_words".',
    ],
    [
      "a reserved name",
      { searchIndexes: [{ ...TEXT, indexDescriptor: "by_id" }] },
      "notes.by_id is reserved",
    ],
    ["a bad field", { searchIndexes: [{ ...TEXT, searchField: "a-b" }] }, 'Invalid field "a-b"'],
  ];
  test.each(refused)(
    "[SCHEMA9] a search or vector index with %s is refused",
    (_, table, message) => {
      const schema = searchSchema({ ...NONE, ...table });
      expect(() => parseSchema(schema)).toThrow(PushError);
      expect(() => bed.prepareSchema(schema)).toThrow(message);
    },
  );
});
