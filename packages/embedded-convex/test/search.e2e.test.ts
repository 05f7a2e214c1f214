/** Full-text and vector search of an app that the official CLI pushed, through the official clients. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyProject } from "./official-cli.ts";
import { action, mutation, query, type RunningServer, startServer } from "./running-server.ts";

let server: RunningServer;

beforeAll(async () => {
  server = await startServer("search");
});

afterAll(() => server.stop());

const ask = (path: string, args: object = {}) =>
  server.http().query(query(`notes:${path}`), { ...args });
const change = (path: string, args: object = {}) =>
  server.http().mutation(mutation(`notes:${path}`), { ...args });
const nearest = (args: object) => server.http().action(action("notes:nearest"), { ...args });
const add = (note: object) => change("add", note);

test("[SEARCH3] withSearchIndex finds by any word, the last one also as a beginning", async () => {
  await add({ body: "apples and pears" });
  await add({ body: "a pearl of wisdom", channel: "wise" });
  expect(await ask("search", { text: "PEAR" })).toEqual(["apples and pears", "a pearl of wisdom"]);
  expect(await ask("search", { text: "pear apples" })).toEqual(["apples and pears"]);
  expect(await ask("search", { text: "" })).toEqual([]);
  const inChannel = (channel?: string) => ask("searchChannel", { text: "pear", channel });
  expect(await inChannel("wise")).toEqual(["a pearl of wisdom"]);
  expect(await inChannel()).toEqual(["apples and pears"]);
  expect(await inChannel("other")).toEqual([]);
});

test("[SEARCH6] a mutation's search sees what it has just written and removed", async () => {
  expect(await change("addAndSearch", { body: "ephemeral" })).toEqual([1, 0]);
  expect(await ask("search", { text: "ephemeral" })).toEqual([]);
});

test("[FN10] searches and reads made side by side are answered each with its own", async () => {
  await add({ body: "first of many" });
  await add({ body: "second thoughts" });
  const all = await ask("sideBySide");
  expect(all).toEqual([1, expect.any(Number), 1]);
});

test("[SEARCH7] a watched search is told of what comes, changes and goes, and of nothing else", async () => {
  const client = server.connect();
  const seen: unknown[] = [];
  client.onUpdate(query("notes:searchChannel"), { text: "zebra", channel: "zoo" }, (value) =>
    seen.push(value),
  );
  await expect.poll(() => seen).toEqual([[]]);
  const before = await server.executions("notes:searchChannel");
  await client.mutation(mutation("notes:add"), { body: "a lion", channel: "zoo" });
  await client.mutation(mutation("notes:add"), { body: "a zebra", channel: "street" });
  expect(await server.executions("notes:searchChannel")).toBe(before);
  const id = await client.mutation(mutation("notes:add"), { body: "a zebra", channel: "zoo" });
  await expect.poll(() => seen.at(-1)).toEqual(["a zebra"]);
  await client.mutation(mutation("notes:edit"), { id, body: "two zebras" });
  await expect.poll(() => seen.at(-1)).toEqual(["two zebras"]);
  await client.mutation(mutation("notes:edit"), { id, body: "a horse" });
  await expect.poll(() => seen.at(-1)).toEqual([]);
});

test("[SEARCH9] pages of a search follow each other without gap or repetition", async () => {
  for (let i = 0; i < 7; i++) await add({ body: `paged ${"filler ".repeat(i)}` });
  const bodies: string[] = [];
  let cursor: string | null = null;
  for (let pages = 1; ; pages++) {
    const page = await ask("page", { text: "paged", paginationOpts: { numItems: 3, cursor } });
    bodies.push(...page.page.map(({ body }: { body: string }) => body));
    cursor = page.continueCursor;
    if (!page.isDone) continue;
    expect(pages).toBe(3);
    break;
  }
  expect(bodies).toEqual(Array.from({ length: 7 }, (_, i) => `paged ${"filler ".repeat(i)}`));
});

test("[VECTOR3] ctx.vectorSearch gives the nearest first, within any of the filters", async () => {
  await add({ body: "north", embedding: [0, 1, 0], channel: "map" });
  await add({ body: "east", embedding: [2, 0, 0], channel: "map" });
  await add({ body: "up", embedding: [0, 0, 3] });
  await add({ body: "flat", embedding: [1, 1] });
  const found = await nearest({ vector: [3, 1, 0] });
  expect(found.map(({ body }: { body: string }) => body)).toEqual(["east", "north", "up"]);
  expect(found[0].score).toBeCloseTo(3 / Math.sqrt(10), 6);
  const [only, ...rest] = await nearest({ vector: [0, 0, 1], channels: ["map", "x"], limit: 1 });
  expect(only).toMatchObject({ score: 0 });
  expect(rest).toEqual([]);
  await expect(nearest({ vector: [1, 0] })).rejects.toThrow(
    "Expected a vector with dimensions 3, received 2.",
  );
  await expect(nearest({ vector: [1, 0, 0], limit: 257 })).rejects.toThrow(
    "Vector queries can fetch at most 256 results, requested 257.",
  );
});

test("[SEARCH10] everything found before a restart is found after it", async () => {
  const found = await ask("search", { text: "pear" });
  await server.restart();
  expect(await ask("search", { text: "pear" })).toEqual(found);
  expect((await nearest({ vector: [0, 1, 0], limit: 1 }))[0]).toMatchObject({ body: "north" });
});

test("[SCHEMA10] a staged index answers once a push enables it, and the CLI says so", async () => {
  const project = copyProject("search", server.engine);
  const deploy = async () => {
    const { code, stdout, stderr } = await project.convex("deploy", "--typecheck", "disable");
    expect(code, stdout + stderr).toBe(0);
    return stderr;
  };
  const staged = `.searchIndex("by_words", { searchField: "body", filterFields: [], staged: true })
    .vectorIndex("by_meaning", { vectorField: "embedding", dimensions: 2, staged: true })
    .index("by_channel", { fields: ["channel"], staged: true })
    .searchIndex("by_body"`;
  try {
    project.edit("convex/schema.ts", `.searchIndex("by_body"`, staged);
    project.edit(
      "convex/notes.ts",
      "export const page",
      `export const words = query({
        args: { text: v.string() },
        handler: async (ctx, { text }) => {
          const found = await ctx.db.query("notes")
            .withSearchIndex("by_words" as "by_body", (q) => q.search("body", text)).collect();
          return found.map(({ body }) => body);
        },
      });
      export const page`,
    );
    const added = await deploy();
    expect(added).toContain("Added staged table indexes");
    expect(added).toContain("notes.by_words");
    await expect(ask("words", { text: "pear" })).rejects.toThrow(
      "Index notes.by_words is currently staged and not available to query until it is enabled.",
    );
    project.write(
      "convex/schema.ts",
      project.read("convex/schema.ts").replaceAll(", staged: true", ""),
    );
    expect(await deploy()).toContain("These indexes are now enabled");
    expect(await ask("words", { text: "pear" })).toEqual(await ask("search", { text: "pear" }));
    project.edit(
      "convex/schema.ts",
      `.searchIndex("by_words", { searchField: "body", filterFields: [] })`,
      "",
    );
    expect(await deploy()).toContain("Deleted table indexes");
    await expect(ask("words", { text: "pear" })).rejects.toThrow("Index notes.by_words not found.");
  } finally {
    project.remove();
  }
});
