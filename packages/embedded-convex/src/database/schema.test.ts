import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { JSONValue } from "convex/values";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  bound,
  collect,
  fullScan,
  indexRange,
  objectValidator,
  TemporaryDatabase,
  tableSchema,
} from "../../test/temporary-database.ts";
import { ConflictError, DeveloperError, PushError } from "../errors.ts";
import { DATABASE_FILE } from "../store/format.ts";
import { parseSchema } from "./schema.ts";
import { OpenTransaction } from "./transaction.ts";
import type { SchemaPush, SchemaPushState } from "./types.ts";

const text = { type: "string" };
const number = { type: "number" };

let bed: TemporaryDatabase;
beforeEach(async () => {
  bed = await TemporaryDatabase.open();
});
afterEach(() => bed.remove());

/** How the push ends; the clock does not move meanwhile. */
function end(push: SchemaPush): Promise<SchemaPushState> {
  return push.wait(60_000);
}

/** Rows on disk of an index that the catalog may not know any more. */
function rowsOnDisk(index: number): number {
  const sqlite = new DatabaseSync(join(bed.dir, DATABASE_FILE), { readOnly: true });
  const row = sqlite.prepare("SELECT count(*) AS n FROM index_rows WHERE index_id = ?").get(index);
  sqlite.close();
  return Number(row?.n);
}

/** Resolves when the background work has deleted the rows; it goes on between commits. */
async function collected(index: number): Promise<void> {
  while (rowsOnDisk(index) > 0) await bed.write((tx) => tx.insert("other", {}));
}

function indexId(table: string, index: string): number {
  return bed.database.catalog.table(table)?.indexes.get(index)?.id ?? 0;
}

describe("enforcement", () => {
  const schema = tableSchema("t", {}, objectValidator({ a: text, "b?": number }));

  test("[SCHEMA1] a write that does not match the active schema is refused in the official words", async () => {
    await bed.activate(schema);
    const id = await bed.write((tx) => tx.insert("t", { a: "x" }));
    const prefix =
      'Failed to insert or update a document in table "t" because it does not match the schema: ';
    bed.read((tx) => {
      const refused = (message: string) =>
        expect.objectContaining({
          code: "SchemaEnforcementError",
          message: expect.stringContaining(message),
        });
      expect(() => tx.insert("t", {})).toThrow(
        refused(`${prefix}Object is missing the required field \`a\``),
      );
      expect(() => tx.insert("t", { a: "x", c: 1 })).toThrow(
        refused(`${prefix}Object contains extra field \`c\``),
      );
      expect(() => tx.patch(id, { b: "x" })).toThrow(
        refused(`${prefix}Value does not match validator.\nPath: .b\n`),
      );
      expect(() => tx.replace(id, { a: 1 })).toThrow(
        refused(`${prefix}Value does not match validator.\nPath: .a\n`),
      );
      expect(() => tx.patch(id, { b: 1 })).not.toThrow();
      expect(() => tx.insert("undeclared", { anything: true })).not.toThrow();
    });
  });

  test("[SCHEMA1] with schemaValidation false, indexes apply and validators do not", async () => {
    const relaxed = {
      ...(tableSchema("t", { by_a: ["a"] }, objectValidator({ a: text })) as object),
      schemaValidation: false,
    };
    await bed.activate(relaxed as JSONValue);
    await bed.write((tx) => tx.insert("t", { a: 1 }));
    bed.read((tx) =>
      expect(collect(tx, indexRange("t.by_a", [bound("Eq", "a", 1)]))).toHaveLength(1),
    );
  });

  test("[SCHEMA1] the schema is still enforced after a restart", async () => {
    await bed.activate(schema);
    await bed.reopen();
    bed.read((tx) => expect(() => tx.insert("t", { a: 1 })).toThrow("does not match the schema"));
  });

  test("[SCHEMA2] a write checked against the old schema conflicts with the activation of a new one", async () => {
    const push = bed.prepareSchema(schema);
    await end(push);
    const late = bed.database.begin();
    late.insert("t", { a: 1 });
    await bed.write((tx) => tx.activateSchema(push));
    expect(() => bed.commit(late)).toThrow(ConflictError);
  });
});

describe("pushes", () => {
  test("[SCHEMA3] new indexes are filled while writes go on, and hold every document once", async () => {
    const before = await bed.write((tx) =>
      Array.from({ length: 3000 }, (_, n) => tx.insert("t", { n, g: n % 3 })),
    );
    bed.clock.advance(1);
    const push = bed.prepareSchema(tableSchema("t", { by_g: ["g", "n"] }));
    const progress = { validated: false, indexesComplete: 0, indexesTotal: 1 };
    const components = new Map([["", progress]]);
    expect(push.state()).toEqual({ kind: "inProgress", components });
    let writes = 0;
    const ended = end(push);
    for (; push.state().kind === "inProgress"; writes++) {
      await bed.write((tx) => {
        tx.insert("t", { n: 10_000 + writes, g: 1 });
        tx.patch(before[writes] ?? "", { g: 2 });
        tx.remove(before[2999 - writes] ?? "");
      });
    }
    expect(await ended).toEqual({ kind: "complete" });
    expect(writes).toBeGreaterThan(2);
    bed.read((tx) => {
      expect(() => tx.openQuery(indexRange("t.by_g", []))).toThrow(
        "Index t.by_g is currently backfilling and not available to query yet.",
      );
    });
    await bed.write((tx) => tx.activateSchema(push));
    await bed.reopen();
    bed.read((tx) => {
      const all = collect(tx, fullScan("t"));
      const indexed = collect(tx, indexRange("t.by_g", []));
      expect(indexed).toHaveLength(3000);
      const order = (a: Record<string, JSONValue>, b: Record<string, JSONValue>) =>
        Number(a.g) - Number(b.g) || Number(a.n) - Number(b.n);
      expect(indexed).toEqual([...all].sort(order));
    });
    expect(rowsOnDisk(indexId("t", "by_g"))).toBe(3000);
  });

  test("[SCHEMA4] an existing document that violates the schema fails the push and is named", async () => {
    const ids = await bed.write((tx) => [tx.insert("t", { a: "ok" }), tx.insert("t", { a: 5 })]);
    const push = bed.prepareSchema(tableSchema("t", {}, objectValidator({ a: text })));
    expect(await end(push)).toEqual({
      kind: "failed",
      component: "",
      tableName: "t",
      error: `Document with ID "${ids[1]}" in table "t" does not match the schema: Value does not match validator.\nPath: .a\nValue: 5.0\nValidator: v.string()`,
    });
    bed.read((tx) => expect(() => tx.activateSchema(push)).toThrow(PushError));
    await bed.write((tx) => tx.insert("t", { a: 6 }));
  });

  test("[SCHEMA4] a new document that violates the schema on its way fails it too, up to the activation", async () => {
    const push = bed.prepareSchema(tableSchema("t", {}, objectValidator({ a: text })));
    expect(await end(push)).toEqual({ kind: "complete" });
    const activation = bed.database.begin();
    activation.activateSchema(push);
    await bed.write((tx) => tx.insert("t", { a: 5 }));
    expect(push.state()).toMatchObject({
      kind: "failed",
      error: expect.stringContaining(
        'New document in table "t" does not match the schema: Value does not match',
      ),
    });
    expect(() => bed.commit(activation)).toThrow(PushError);
  });

  test("[SCHEMA4] ids are checked against the tables there are", async () => {
    const user = await bed.write((tx) => tx.insert("users", {}));
    await bed.write((tx) => tx.insert("t", { u: user }));
    const of = (tableName: string) =>
      tableSchema("t", {}, objectValidator({ u: { type: "id", tableName } }));
    expect(await end(bed.prepareSchema(of("users")))).toEqual({ kind: "complete" });
    expect(await end(bed.prepareSchema(of("posts")))).toMatchObject({
      kind: "failed",
      error: expect.stringContaining(`Found ID "${user}" from table \`users\``),
    });
  });

  test("[SCHEMA5] an index that changed its fields serves the old ones until the activation", async () => {
    await bed.write((tx) => [tx.insert("t", { a: 1, b: 2 }), tx.insert("t", { a: 2, b: 1 })]);
    await bed.activate(tableSchema("t", { i: ["a"] }));
    const old = indexId("t", "i");
    const push = bed.prepareSchema(tableSchema("t", { i: ["b"] }));
    const describe = (field: string) => ({
      table: "t",
      name: "i",
      shape: { kind: "database", fields: [field, "_creationTime"] },
      staged: false,
    });
    expect(push.diffs.get("")).toEqual({
      added: [describe("b")],
      removed: [describe("a")],
      enabled: [],
      disabled: [],
    });
    await end(push);
    const first = () => bed.read((tx) => collect(tx, indexRange("t.i", []))[0]);
    expect(first()).toMatchObject({ a: 1 });
    const held = bed.database.begin();
    await bed.write((tx) => tx.activateSchema(push));
    expect(first()).toMatchObject({ b: 1 });
    expect(collect(held, indexRange("t.i", []))[0]).toMatchObject({ a: 1 });
    held.close();
    expect(bed.database.catalog.table("t")?.indexes.size).toBe(3);
    expect(rowsOnDisk(old)).toBe(2);
    bed.clock.advance(5 * 60_000);
    await bed.reopen();
    await collected(old);
  });

  test("[SCHEMA5] taking the schema away removes indexes and enforcement, not data", async () => {
    await bed.activate(tableSchema("t", { i: ["a"] }, objectValidator({ a: text })));
    await bed.write((tx) => tx.insert("t", { a: "x" }));
    const push = bed.prepareSchema(null);
    await end(push);
    await bed.write((tx) => tx.activateSchema(push));
    await bed.write((tx) => tx.insert("t", { a: 5 }));
    expect(bed.database.catalog.schema).toBe(null);
    bed.read((tx) => {
      expect(collect(tx, fullScan("t"))).toHaveLength(2);
      expect(() => tx.openQuery(indexRange("t.i", []))).toThrow("Index t.i not found.");
    });
  });

  test("[SCHEMA6] a push that was never activated leaves nothing behind after a crash or restart", async () => {
    await bed.write((tx) => Array.from({ length: 500 }, (_, n) => tx.insert("t", { n })));
    const push = bed.prepareSchema(tableSchema("t", { by_n: ["n"] }));
    await end(push);
    const index = indexId("t", "by_n (pending)");
    expect(rowsOnDisk(index)).toBe(500);
    await bed.reopen();
    expect(bed.database.catalog.table("t")?.indexes.has("by_n (pending)")).toBe(false);
    await collected(index);
    await bed.activate(tableSchema("t", { by_n: ["n"] }));
    bed.read((tx) => expect(collect(tx, indexRange("t.by_n", [], [{ limit: 3 }]))).toHaveLength(3));
  });

  test("[SCHEMA7] a newer push takes the place of one on its way; the same schema again is the same push", async () => {
    await bed.write((tx) => Array.from({ length: 500 }, (_, n) => tx.insert("t", { n })));
    const first = bed.prepareSchema(tableSchema("t", { by_n: ["n"] }));
    expect(bed.prepareSchema(tableSchema("t", { by_n: ["n"] }))).toBe(first);
    const second = bed.prepareSchema(tableSchema("t", { by_m: ["m"] }));
    expect(await end(first)).toEqual({ kind: "raceDetected" });
    expect(await end(second)).toEqual({ kind: "complete" });
    bed.read((tx) => expect(() => tx.activateSchema(first)).toThrow(PushError));
    await bed.write((tx) => tx.activateSchema(second));
    expect([...(bed.database.catalog.table("t")?.indexes.keys() ?? [])]).toEqual([
      "by_id",
      "by_creation_time",
      "by_m",
    ]);
  });

  test("[SCHEMA7] waiting ends after its time with the state as it is", async () => {
    await bed.write((tx) => Array.from({ length: 500 }, (_, n) => tx.insert("t", { n })));
    const push = bed.prepareSchema(tableSchema("t", { by_n: ["n"] }));
    const waiting = push.wait(10);
    bed.clock.advance(10);
    expect(await waiting).toMatchObject({ kind: "inProgress" });
    expect(await end(push)).toEqual({ kind: "complete" });
  });

  test("[SCHEMA7] what is already active is complete at once and changes nothing", async () => {
    const schema = tableSchema("t", { by_n: ["n"] }, objectValidator({ n: number }));
    await bed.activate(schema);
    const again = bed.prepareSchema(JSON.parse(JSON.stringify(schema)));
    expect(again.state()).toEqual({ kind: "complete" });
    expect(again.diffs.get("")).toEqual({ added: [], removed: [], enabled: [], disabled: [] });
  });

  test("[SCHEMA8] an index that a room declares for a system table is filled when the store is opened", async () => {
    await bed.write((tx) => tx.system.insert("_crons", { component: "", name: "a", nextRunMs: 1 }));
    const index = indexId("_crons", "by_next");
    await bed.database.close();
    const sqlite = new DatabaseSync(join(bed.dir, DATABASE_FILE));
    sqlite.prepare("DELETE FROM index_rows WHERE index_id = ?").run(index);
    sqlite.exec("UPDATE meta SET value = '{}' WHERE name = 'system_indexes'");
    sqlite.close();
    await bed.reopen();
    bed.read((tx) => expect(tx.system.query("_crons", "by_next", [1])).toHaveLength(1));
  });
});

test("[SCHEMA6] a push that is refused on its way in keeps no snapshot open", () => {
  const full = vi.spyOn(OpenTransaction.prototype, "ensureTable").mockImplementation(() => {
    throw new DeveloperError("Too many tables"); // as when there are 10,000 already
  });
  expect(() => bed.prepareSchema(tableSchema("t", {}))).toThrow("Too many tables");
  full.mockRestore();
  expect(bed.database.stats().openSnapshots).toBe(0);
});

describe("definitions", () => {
  const fields = Array.from({ length: 17 }, (_, i) => `f${i}`);
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`i${i}`, [`f${i}`]]));
  const refused: [string, JSONValue, string][] = [
    [
      "_id",
      tableSchema("t", { i: ["_id"] }),
      "`_id` is not a valid index field. To load documents by ID, use `db.get(id)`.",
    ],
    [
      "_creationTime",
      tableSchema("t", { i: ["_creationTime"] }),
      "`_creationTime` is automatically added to the end of each index.",
    ],
    ["the same fields twice", tableSchema("t", { i: ["a"], j: ["a"] }), "have the same fields"],
    ["no field", tableSchema("t", { i: [] }), "at least one field"],
    ["a repeated field", tableSchema("t", { i: ["a", "a"] }), "has a field twice"],
    ["17 fields", tableSchema("t", { i: fields }), "too many fields (17 > maximum 16)"],
    ["65 indexes", tableSchema("t", many), "too many indexes (65 > maximum 64)"],
    ["by_id", tableSchema("t", { by_id: ["a"] }), "t.by_id is reserved"],
    ["_x", tableSchema("t", { _x: ["a"] }), "t._x is reserved"],
    ["a bad field", tableSchema("t", { i: ["a-b"] }), 'Invalid field "a-b"'],
    ["a system table", tableSchema("_t", {}), 'Invalid table name "_t"'],
    ["a bad table name", tableSchema("a-b", {}), 'Invalid table name "a-b"'],
  ];
  test.each(refused)("[SCHEMA9] an index or table with %s is refused", (_, schema, message) => {
    expect(() => parseSchema(schema)).toThrow(PushError);
    expect(() => bed.prepareSchema(schema)).toThrow(message);
    expect(() => bed.diffSchema(schema)).toThrow(message);
  });
});
