/** Full-text search within the database: what a query may ask, and what it depends on. */
import type { JSONValue } from "convex/values";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { searchDocuments, searchQuery, searchSchema, searchTexts } from "../../test/searching.ts";
import { TemporaryDatabase } from "../../test/temporary-database.ts";
import { ConflictError } from "../errors.ts";
import { MAX_HITS } from "../search/text-index.ts";
import type { Page } from "./types.ts";

let bed: TemporaryDatabase;
beforeEach(async () => {
  bed = await TemporaryDatabase.open();
  await bed.activate(searchSchema());
});
afterEach(() => bed.remove());

const note = (body: string, fields = {}) =>
  bed.write((tx) => tx.insert("notes", { body, ...fields }));
const search = async (text: string, filters = {}) => {
  const tx = bed.database.begin();
  try {
    return await searchTexts(tx, text, filters);
  } finally {
    tx.close();
  }
};

function withFilters(filters: JSONValue[]): JSONValue {
  return { source: { type: "Search", indexName: "notes.by_body", filters }, operators: [] };
}
const searchFilter = (fieldPath: string) => ({ type: "Search", fieldPath, value: "x" });
const equality = (fieldPath: string) => ({ type: "Eq", fieldPath, value: 1 });

describe("queries", () => {
  const refused: [string, JSONValue, string][] = [
    [
      "without a search filter",
      withFilters([equality("channel")]),
      'Search query against notes.by_body does not contain any search filters. You must include a search filter like `q.search(""body"", searchText)`.',
    ],
    [
      "of another field",
      withFilters([searchFilter("title")]),
      'Search query against notes.by_body contains a search filter against "title", which doesn\'t match the indexed `searchField` "body".',
    ],
    [
      "of a field twice",
      withFilters([searchFilter("body"), searchFilter("body")]),
      'Search query against notes.by_body contains multiple search filters against "body". Only one is allowed.',
    ],
    [
      "with a filter on another field",
      withFilters([searchFilter("body"), equality("author")]),
      'Search query against notes.by_body contains an equality filter on "author" but that field isn\'t indexed for filtering in `filterFields`.',
    ],
    [
      "with nine filters",
      withFilters([searchFilter("body"), ...Array(9).fill(equality("channel"))]),
      "Search query against notes.by_body has too many filter conditions. Max: 8 Actual: 9",
    ],
    [
      "of no index",
      { source: { type: "Search", indexName: "notes.by_x", filters: [] }, operators: [] },
      "Index notes.by_x not found.",
    ],
    [
      "of a database index",
      { source: { type: "Search", indexName: "notes.by_id", filters: [] }, operators: [] },
      "Index notes.by_id is not a search index",
    ],
  ];
  test.each(refused)("[SEARCH2] a search %s is refused", (_, query, message) => {
    const tx = bed.database.begin();
    expect(() => tx.openQuery(query)).toThrow(message);
    tx.close();
  });

  test("[SEARCH2] a search index is no index for ranges", () => {
    const tx = bed.database.begin();
    const source = { type: "IndexRange", indexName: "notes.by_body", range: [], order: "asc" };
    expect(() => tx.openQuery({ source, operators: [] })).toThrow(
      "Index notes.by_body is not a database index",
    );
    tx.close();
  });

  test("[SEARCH3] only the first sixteen terms count, the last of them as a prefix", async () => {
    const many = Array.from({ length: 17 }, (_, i) => `t${String.fromCharCode(97 + i)}`);
    for (const term of many) await note(term);
    await note("tpx");
    const found = await search(many.join(" "));
    expect(found).toHaveLength(17);
    expect(found).toContain("tpx");
    expect(found).not.toContain("tq");
  });

  test("[SEARCH4] rare terms, frequent ones and short texts count more; a mere prefix counts half", async () => {
    for (const body of ["cat one", "category two", "dog", "dog three", "dog four", "dog dog"]) {
      await note(body);
    }
    expect(await search("cat")).toEqual(["cat one", "category two"]);
    expect((await search("dog cat"))[0]).toBe("cat one");
    const [frequent, short, ...rest] = await search("dog");
    expect([frequent, short]).toEqual(["dog dog", "dog"]);
    expect(rest.sort()).toEqual(["dog four", "dog three"]); // equal but for their ids
  });

  test("[SEARCH4] a prefix stands for the first 64 terms that begin with it", async () => {
    const body = (i: number) => `p${String(i).padStart(3, "0")}`;
    await bed.write((tx) => {
      for (let i = 0; i < 70; i++) tx.insert("notes", { body: body(i) });
    });
    const found = await search("p");
    expect([...found].sort()).toEqual(Array.from({ length: 64 }, (_, i) => body(i)));
  });

  test("[SEARCH5] the best 1,024 are found, and asking for more is an error", async () => {
    await bed.write((tx) => {
      for (let i = 0; i < MAX_HITS + 6; i++) tx.insert("notes", { body: "same", n: i });
    });
    const tx = bed.database.begin();
    const found = await searchDocuments(tx, searchQuery("same", {}, [{ limit: MAX_HITS }]));
    expect(found.map(({ n }) => n)).toEqual(
      Array.from({ length: MAX_HITS }, (_, i) => MAX_HITS + 5 - i),
    );
    await expect(searchDocuments(tx, searchQuery("same"))).rejects.toThrow(
      "Search query scanned too many documents (fetched 1024). Consider using a smaller limit",
    );
    tx.close();
  });

  test("[SEARCH3] filters compare exactly, a missing field with undefined only", async () => {
    await note("a", { channel: 1 });
    await note("a b", { channel: null });
    await note("a b c", { pinned: true });
    await note("a b c d", { channel: 1, pinned: true });
    expect(await search("a", { channel: 1 })).toEqual(["a", "a b c d"]);
    expect(await search("a", { channel: 1, pinned: true })).toEqual(["a b c d"]);
    expect(await search("a", { channel: null })).toEqual(["a b"]);
    expect(await search("a", { channel: undefined })).toEqual(["a b c"]);
    expect(await search("a", { channel: { $integer: "AQAAAAAAAAA=" } })).toEqual([]);
  });
});

describe("what a search depends on", () => {
  const conflicts = async (change: () => Promise<unknown>, filters = {}) => {
    const tx = bed.database.begin();
    await searchTexts(tx, "needle hay", filters);
    await change();
    tx.insert("notes", { body: "unrelated" });
    try {
      await bed.commit(tx).durable;
      return false;
    } catch (error) {
      if (error instanceof ConflictError) return true;
      throw error;
    }
  };

  test("[SEARCH7] a document with a term of the query comes, changes or goes: a conflict", async () => {
    expect(await conflicts(() => note("a needle"))).toBe(true);
    expect(await conflicts(() => note("haystack"))).toBe(true);
    const id = await note("hay");
    expect(await conflicts(() => bed.write((tx) => tx.patch(id, { body: "straw" })))).toBe(true);
    expect(await conflicts(() => bed.write((tx) => tx.patch(id, { body: "hay" })))).toBe(true);
    expect(await conflicts(() => bed.write((tx) => tx.remove(id)))).toBe(true);
  });

  test("[SEARCH7] other documents, and those a filter keeps out, are none", async () => {
    expect(await conflicts(() => note("needles and straw"))).toBe(false);
    expect(await conflicts(() => note("needle", { channel: 2 }), { channel: 1 })).toBe(false);
    expect(await conflicts(() => note("needle", { channel: 1 }), { channel: 1 })).toBe(true);
    expect(await conflicts(() => note("needle"), { channel: undefined })).toBe(true);
    expect(await conflicts(() => bed.write((tx) => tx.insert("other", { body: "hay" })))).toBe(
      false,
    );
  });

  test("[SEARCH7] a search that ran before rows were removed conflicts with their removal", async () => {
    const id = await note("needle", { channel: 1 });
    const change = () => bed.write((tx) => tx.patch(id, { channel: 2 }));
    expect(await conflicts(change, { channel: 2 })).toBe(true);
    expect(await conflicts(change, { channel: 3 })).toBe(false);
  });
});

describe("pages", () => {
  const page = async (cursor: string | null, endCursor: string | null, pageSize: number) => {
    const tx = bed.database.begin();
    const request = { query: searchQuery("term"), cursor, endCursor, pageSize };
    const found = (await tx.searchPage(request, null)) as Page;
    tx.close();
    return { ...found, bodies: found.page.map((json) => JSON.parse(json).body as string) };
  };

  test("[SEARCH9] a page goes on behind the last, and with its end cursor covers the same stretch", async () => {
    for (const body of ["term", "term b", "term b c", "term b c d"]) await note(body);
    const first = await page(null, null, 2);
    expect(first.bodies).toEqual(["term", "term b"]);
    expect(first).toMatchObject({ isDone: false, splitCursor: null });
    const second = await page(first.continueCursor, null, 9);
    expect(second.bodies).toEqual(["term b c", "term b c d"]);
    expect(second.isDone).toBe(true);
    await note("x y z", {});
    const again = await page(null, first.continueCursor, 1);
    expect(again.bodies.length).toBeGreaterThanOrEqual(1);
    expect(again.continueCursor).toBe(first.continueCursor);
  });

  test("[SEARCH9] another search's cursor is refused", async () => {
    await note("term");
    const tx = bed.database.begin();
    const { continueCursor } = await page(null, null, 1);
    const other = {
      query: searchQuery("other"),
      cursor: continueCursor,
      endCursor: null,
      pageSize: 1,
    };
    await expect(tx.searchPage(other, null)).rejects.toThrow("InvalidCursor");
    tx.close();
  });
});

test("[SEARCH8] point queries are answered while searches about a common word run", async () => {
  await bed.write((tx) => {
    for (let i = 0; i < 6_000; i++) tx.insert("notes", { body: `common word ${i}` });
  });
  const id = await note("common");
  let ended = 0;
  const searches = Array.from({ length: 4 }, () => search("common word").catch(() => ended++));
  let reads = 0;
  while (ended < searches.length) {
    bed.read((tx) => tx.get(id));
    reads++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(reads).toBeGreaterThan(100);
}, 30_000);
