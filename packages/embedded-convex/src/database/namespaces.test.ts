import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  collect,
  fullScan,
  objectValidator,
  TemporaryDatabase,
  tableSchema,
} from "../../test/temporary-database.ts";
import { ConflictError } from "../errors.ts";
import { decodeId } from "../values/ids.ts";

let bed: TemporaryDatabase;
beforeEach(async () => {
  bed = await TemporaryDatabase.open();
});
afterEach(() => bed.remove());

const text = { type: "string" };
const insertIn = (component: string, table: string, fields: { [field: string]: string }) =>
  bed.write((tx) => tx.within(component).insert(table, fields));
const bodies = (component: string) =>
  bed.read((tx) => collect(tx.within(component), fullScan("t")).map(({ body }) => body));

describe("namespaces", () => {
  test("[COMP6] the same table name is another table in every component, with the same number", async () => {
    const ids = [
      await insertIn("", "t", { body: "app" }),
      await insertIn("a", "t", { body: "a" }),
      await insertIn("a/b", "t", { body: "b" }),
    ];
    expect(ids.map((id) => decodeId(id).tableNumber)).toEqual([10_001, 10_001, 10_001]);
    expect(["", "a", "a/b", "c"].map(bodies)).toEqual([["app"], ["a"], ["b"], []]);
    await bed.reopen();
    expect(["", "a", "a/b", "c"].map(bodies)).toEqual([["app"], ["a"], ["b"], []]);
    bed.read((tx) => {
      expect([tx, tx.within("a"), tx.within("c")].map((view) => view.count("t"))).toEqual([
        1, 1, 0,
      ]);
    });
  });

  test("[COMP6] an id of another component names nothing, to read or to write", async () => {
    await insertIn("", "t", { body: "app" });
    const foreign = await insertIn("a", "t", { body: "a" });
    bed.read((tx) => {
      expect(tx.get(foreign)).toBeNull();
      expect(() => tx.patch(foreign, { body: "mine" })).toThrow("Update on nonexistent document");
      expect(tx.within("a").get(foreign)).toContain('"body":"a"');
    });
  });

  test("[COMP6] documents with the same id in two components are two documents, also within a transaction", async () => {
    const id = await insertIn("a", "t", { body: "a" });
    await bed.write((tx) => {
      const view = tx.within("b");
      const table = view.ensureTable("t");
      tx.within("a").patch(id, { body: "a2" });
      // As an import of the same snapshot into both does.
      const copy = view.system.query("_tables", "by_name", ["b", "t"]);
      expect([copy.length, table.number]).toEqual([1, 10_001]);
      expect(view.get(id)).toBeNull();
    });
    expect([bodies("a"), bodies("b")]).toEqual([["a2"], []]);
  });

  test("[COMP6] a component has its own scheduled functions and files, and none of the engine's other tables", async () => {
    await bed.write((tx) => tx.within("a").ensureSystemTables());
    const [job, file] = await bed.write((tx) => {
      const { system } = tx.within("a");
      return ["_scheduled_functions", "_storage"].map((table) =>
        system.insert(table, { name: "x" }),
      );
    });
    expect([job, file].map((id) => decodeId(id ?? "").tableNumber)).toEqual([539, 540]);
    bed.read((tx) => {
      const seen = (component: string) =>
        tx.within(component).get(file ?? "", { system: true }) !== null;
      expect(["", "a", "b"].map(seen)).toEqual([false, true, false]);
      expect(() => tx.within("a").get(tx.system.insert("_settings", {}), { system: true })).toThrow(
        "Table _settings not found.",
      );
      expect(collect(tx.within("b"), fullScan("_storage"))).toEqual([]);
    });
  });

  test("[COMP7] all views share one transaction: rolled back, committed and in conflict together", async () => {
    const id = await insertIn("a", "t", { body: "old" });
    await bed.write((tx) => {
      const savepoint = tx.savepoint();
      tx.within("a").patch(id, { body: "lost" });
      tx.within("new").insert("fresh", {});
      tx.rollbackTo(savepoint);
      expect(tx.within("new").tableName(10_001)).toBeNull();
      tx.insert("t", { body: "kept" });
    });
    expect([bodies(""), bodies("a")]).toEqual([["kept"], ["old"]]);
    const late = bed.database.begin();
    late.within("a").get(id);
    late.insert("t", { body: "late" });
    await bed.write((tx) => tx.within("a").patch(id, { body: "new" }));
    expect(() => bed.commit(late)).toThrow(ConflictError);
  });

  test("[COMP13] a commit in one component does not conflict with readers of the same table elsewhere", async () => {
    await insertIn("", "t", { body: "app" });
    await insertIn("a", "t", { body: "a" });
    const reader = bed.database.begin();
    collect(reader, fullScan("t"));
    reader.insert("t", { body: "by the reader" });
    await insertIn("a", "t", { body: "a2" });
    bed.commit(reader);
    expect(bodies("").sort()).toEqual(["app", "by the reader"]);
  });

  test("[COMP15] each component's schema holds for its own tables, and a violation names the component", async () => {
    await insertIn("a", "t", { body: "a" });
    await insertIn("", "t", { other: "app" });
    await bed.activate(
      tableSchema("t", { by_body: ["body"] }, objectValidator({ body: text })),
      "a",
    );
    bed.read((tx) => {
      expect(() => tx.within("a").insert("t", { other: "x" })).toThrow("does not match the schema");
      tx.insert("t", { other: "x" });
    });
    const hasIndex = (component: string) =>
      bed.database.catalog.in(component).table("t")?.indexes.has("by_body");
    expect(["a", ""].map(hasIndex)).toEqual([true, false]);
    const push = bed.prepareSchema(tableSchema("t", {}, objectValidator({ other: text })), "a");
    expect(await push.wait(60_000)).toMatchObject({
      kind: "failed",
      component: "a",
      tableName: "t",
    });
  });
});

test("[METRICS2] rows of a component's system tables are no documents of users", async () => {
  const { user } = bed.database.stats().documents;
  await bed.write((tx) => {
    const component = tx.within("work");
    component.ensureSystemTables();
    component.system.insert("_storage", { sha256: "", size: 0 });
    component.insert("notes", { n: 1 });
  });
  expect(bed.database.stats().documents.user).toBe(user + 1);
});
