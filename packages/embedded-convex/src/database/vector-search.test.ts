/** Vector search of what is durable: what a query may ask, and what it finds. */
import type { JSONValue } from "convex/values";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { searchSchema } from "../../test/searching.ts";
import { TemporaryDatabase } from "../../test/temporary-database.ts";

const INDEX = {
  indexDescriptor: "by_meaning",
  vectorField: "meaning.vector",
  dimensions: 4,
  filterFields: ["channel", "pinned"],
};

let bed: TemporaryDatabase;
beforeAll(async () => {
  bed = await TemporaryDatabase.open();
  await bed.activate(searchSchema({ vectorIndexes: [INDEX] }));
});
afterAll(() => bed.remove());

const nearest = (vector: readonly number[], rest: { [field: string]: JSONValue } = {}) =>
  bed.database.vectorSearch("", { indexName: "notes.by_meaning", vector: [...vector], ...rest });
const equals = (field: string, value: JSONValue): JSONValue => ({
  $eq: [{ $field: field }, { $literal: value }],
});
const UNIT = [1, 0, 0, 0];

const refused: [string, () => Promise<unknown>, string][] = [
  ["of 257", () => nearest(UNIT, { limit: 257 }), "at most 256 results, requested 257."],
  ["of 3 numbers", () => nearest([1, 2, 3]), "Expected a vector with dimensions 4, received 3."],
  [
    "with a filter on another field",
    () => nearest(UNIT, { expressions: equals("author", 1) }),
    'Vector query against notes.by_meaning contains a filter on "author" but that field isn\'t indexed for filtering in `filterFields`.',
  ],
  [
    "with `and`",
    () => nearest(UNIT, { expressions: { $and: [equals("channel", 1)] } }),
    "Filters should be a combination of `q.eq` and `q.or`.",
  ],
  [
    "that compares two fields",
    () => nearest(UNIT, { expressions: { $eq: [{ $field: "channel" }, { $field: "pinned" }] } }),
    "`q.eq` must take a field path as its first argument and a value as its second",
  ],
  [
    "with 65 conditions",
    () =>
      nearest(UNIT, {
        expressions: { $or: Array.from({ length: 65 }, (_, i) => equals("channel", i)) },
      }),
    "Vector query against notes.by_meaning has too many conditions. Max: 64 Actual: 65",
  ],
  [
    "of no index",
    () => bed.database.vectorSearch("", { indexName: "notes.by_x", vector: UNIT }),
    "Index notes.by_x not found.",
  ],
  [
    "of a full-text index",
    () => bed.database.vectorSearch("", { indexName: "notes.by_body", vector: UNIT }),
    "Index notes.by_body is not a vector index",
  ],
];
test.each(refused)("[VECTOR1] a vector search %s is refused", async (_, search, message) => {
  await expect(search()).rejects.toThrow(message);
});

test("[VECTOR1] a table that does not exist has nothing near", async () => {
  expect(await bed.database.vectorSearch("", { indexName: "none.by_x", vector: UNIT })).toEqual([]);
});

test("[VECTOR3] a vector that holds no number hides none of the others", async () => {
  const other = await TemporaryDatabase.open();
  await other.activate(searchSchema({ vectorIndexes: [INDEX] }));
  const note = (vector: JSONValue[]) => ({ body: "", meaning: { vector } });
  const NAN: JSONValue = { $float: "AAAAAAAA+H8=" };
  const best = await other.write((tx) => {
    const id = tx.insert("notes", note([...UNIT]));
    for (let i = 0; i < 80; i++) tx.insert("notes", note([NAN, 0, 0, 0]));
    tx.insert("notes", note([0, 1, 0, 0]));
    return id;
  });
  const hits = await other.database.vectorSearch("", {
    indexName: "notes.by_meaning",
    vector: UNIT,
    limit: 2,
  });
  expect(hits.map(({ _score }) => _score)).toEqual([1, 0]);
  expect(hits[0]?._id).toBe(best);
  await other.remove();
});

interface Note {
  readonly vector: number[];
  readonly channel: number | undefined;
}

const element = fc.integer({ min: -3, max: 3 });
const vector = fc.oneof(
  { weight: 8, arbitrary: fc.array(element, { minLength: 4, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(element, { maxLength: 3 }) },
);
const note = fc.record({ vector, channel: fc.constantFrom(undefined, 1, 2) });

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
  const lengths = Math.hypot(...a) * Math.hypot(...b);
  return lengths === 0 ? 0 : dot / lengths;
}

test("[VECTOR3] the nearest are those that the cosines say, after edits and removals", async () => {
  const query = fc.array(element, { minLength: 4, maxLength: 4 });
  const filter = fc.constantFrom<(number | undefined)[] | null>(null, [1], [undefined], [1, 2]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(note, { maxLength: 12 }),
      fc.array(note, { maxLength: 4 }),
      query,
      filter,
      fc.integer({ min: 1, max: 6 }),
      async (notes, edits, wanted, channels, limit) => {
        const all = new Map<string, Note>();
        const write = (one: Note) => ({
          meaning: { vector: one.vector },
          ...(one.channel === undefined ? {} : { channel: one.channel }),
        });
        await bed.write((tx) => {
          for (const one of notes) all.set(tx.insert("notes", write(one)), one);
        });
        await bed.write((tx) => {
          const ids = [...all.keys()];
          for (const [i, one] of edits.entries()) {
            const id = ids[i];
            if (id === undefined) continue;
            tx.replace(id, write(one));
            all.set(id, one);
          }
          const last = ids.at(-1);
          if (last === undefined) return;
          tx.remove(last);
          all.delete(last);
        });
        const conditions = (channels ?? []).map((one) =>
          equals("channel", one ?? { $undefined: null }),
        );
        const found = await nearest(wanted, {
          limit,
          ...(channels === null ? {} : { expressions: { $or: conditions } }),
        });
        const expected = [...all.values()]
          .filter((one) => one.vector.length === 4)
          .filter((one) => channels === null || channels.includes(one.channel))
          .map((one) => cosine(one.vector, wanted))
          .sort((a, b) => b - a)
          .slice(0, limit);
        expect(found).toHaveLength(expected.length);
        for (const [i, { _id, _score }] of found.entries()) {
          expect(_score).toBeCloseTo(expected[i] ?? Number.NaN, 5);
          expect(_score).toBeCloseTo(cosine(all.get(_id)?.vector ?? [], wanted), 5);
        }
        await bed.write((tx) => [...all.keys()].map((id) => tx.remove(id)));
      },
    ),
    { numRuns: 60 },
  );
}, 30_000);

test("[VECTOR3] among equals the larger id comes first, also where the limit cuts", async () => {
  const ids = await bed.write((tx) =>
    Array.from({ length: 200 }, () => tx.insert("notes", { meaning: { vector: [1, 1, 1, 1] } })),
  );
  const found = await nearest(UNIT, { limit: 5 });
  expect(found.map(({ _id }) => _id)).toEqual(ids.sort().reverse().slice(0, 5));
  await bed.write((tx) => ids.map((id) => tx.remove(id)));
});

test("[VECTOR2] any of the conditions may hold, on whichever field", async () => {
  const ids = await bed.write((tx) =>
    [{ channel: 1 }, { pinned: true }, { channel: 2, pinned: false }, {}].map((fields, i) =>
      tx.insert("notes", { meaning: { vector: [1, i, 0, 0] }, ...fields }),
    ),
  );
  const found = async (expressions: JSONValue) =>
    (await nearest(UNIT, { expressions })).map(({ _id }) => ids.indexOf(_id));
  expect(await found(equals("channel", 1))).toEqual([0]);
  expect(await found({ $or: [equals("pinned", true), equals("channel", 1)] })).toEqual([0, 1]);
  expect(await found({ $or: [{ $or: [equals("pinned", false)] }, equals("channel", 1)] })).toEqual([
    0, 2,
  ]);
  expect(await found(equals("channel", { $undefined: null }))).toEqual([1, 3]);
  await bed.write((tx) => ids.map((id) => tx.remove(id)));
});
