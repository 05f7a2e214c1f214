/** Full-text and vector indexes of components: as separate as their tables. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { searchSchema, searchTexts } from "../../test/searching.ts";
import { TemporaryDatabase } from "../../test/temporary-database.ts";
import { ConflictError } from "../errors.ts";

const VECTOR = { indexDescriptor: "by_v", vectorField: "v", dimensions: 2, filterFields: [] };
const SEARCHED = searchSchema({ vectorIndexes: [VECTOR] });
const COMPONENTS = ["", "a", "a/b"];

let bed: TemporaryDatabase;
beforeEach(async () => {
  bed = await TemporaryDatabase.open();
});
afterEach(() => bed.remove());

const insertIn = (component: string, body: string) =>
  bed.write((tx) => tx.within(component).insert("notes", { body, v: [1, body.length] }));
const near = (component: string) =>
  bed.database.vectorSearch(component, { indexName: "notes.by_v", vector: [1, 0] });
const search = async (component: string, text: string) => {
  const tx = bed.database.begin();
  try {
    return await searchTexts(tx.within(component), text);
  } finally {
    tx.close();
  }
};

describe("with the same indexes in the app and two components", () => {
  beforeEach(async () => {
    for (const component of COMPONENTS) await bed.activate(SEARCHED, component);
  });

  test("[COMP19] each finds its own documents only, also after a restart", async () => {
    const ids = new Map<string, string>();
    for (const path of COMPONENTS) ids.set(path, await insertIn(path, `word of ${path || "app"}`));
    const check = async () => {
      for (const path of COMPONENTS) {
        expect(await search(path, "word")).toEqual([`word of ${path || "app"}`]);
        expect((await near(path)).map(({ _id }) => _id)).toEqual([ids.get(path)]);
      }
      expect(await near("elsewhere")).toEqual([]);
      await expect(search("elsewhere", "word")).rejects.toThrow("Index notes.by_body not found.");
    };
    await check();
    await bed.reopen();
    await check();
  });

  test("[COMP19] a view sees the transaction's writes in its own component only", async () => {
    await insertIn("a", "word that was there");
    const tx = bed.database.begin();
    tx.insert("notes", { body: "word of the app" });
    tx.within("a").insert("notes", { body: "word of a" });
    const found = await Promise.all(
      COMPONENTS.map(async (path) => (await searchTexts(tx.within(path), "word")).toSorted()),
    );
    expect(found).toEqual([["word of the app"], ["word of a", "word that was there"], []]);
    tx.close();
  });

  test("[COMP13] a search conflicts with what its own component gets, and with nothing elsewhere", async () => {
    const searching = async () => {
      const tx = bed.database.begin();
      await searchTexts(tx.within("a"), "word");
      tx.insert("log", {});
      return tx;
    };
    const undisturbed = await searching();
    for (const path of ["", "a/b"]) await insertIn(path, "word");
    bed.commit(undisturbed);
    const disturbed = await searching();
    await insertIn("a", "word");
    expect(() => bed.commit(disturbed)).toThrow(ConflictError);
  });
});

test("[COMP19] one push defines, stages and enables indexes of each component by itself", async () => {
  const staged = searchSchema({ searchIndexes: [], stagedVectorIndexes: [VECTOR] });
  await insertIn("", "word");
  await insertIn("a", "word");
  const push = async (app: typeof SEARCHED, a: typeof SEARCHED) => {
    const schemas = new Map([
      ["", app],
      ["a", a],
    ]);
    const pushed = bed.database.prepareSchema(schemas);
    expect((await pushed.wait(60_000)).kind).toBe("complete");
    await bed.write((tx) => tx.activateSchema(pushed));
    const names = (component: string) => {
      const { added, enabled, disabled, removed } = pushed.diffs.get(component) ?? {};
      return [added, enabled, disabled, removed].map((list) => list?.map(({ name }) => name));
    };
    return { app: names(""), a: names("a") };
  };
  expect(await push(SEARCHED, staged)).toEqual({
    app: [["by_body", "by_v"], [], [], []],
    a: [["by_v"], [], [], []],
  });
  expect(await near("")).toHaveLength(1);
  await expect(near("a")).rejects.toThrow("Index notes.by_v is currently staged");
  const stateIn = (path: string) =>
    bed.database.catalog.in(path).table("notes")?.searches.get("by_v")?.staged;
  await expect.poll(() => stateIn("a")).toBe("filled");
  expect(await push(staged, searchSchema({ searchIndexes: [], vectorIndexes: [VECTOR] }))).toEqual({
    app: [[], [], ["by_v"], ["by_body"]],
    a: [[], ["by_v"], [], []],
  });
  expect(await near("a")).toHaveLength(1);
  await expect(near("")).rejects.toThrow("Index notes.by_v is currently staged");
});
