import type { JSONValue } from "convex/values";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bound,
  collect,
  fullScan,
  indexRange,
  TemporaryDatabase,
  tableSchema,
} from "../../test/temporary-database.ts";
import { encodeKey, prefixEnd } from "../values/keys.ts";
import { evaluate } from "./expressions.ts";
import { compileRange, type RangeBound } from "./index-range.ts";
import { ReadSetBuilder } from "./read-set.ts";
import type { Transaction } from "./types.ts";

let bed: TemporaryDatabase;
const int = (n: number): JSONValue => ({
  $integer: Buffer.from(BigInt64Array.of(BigInt(n)).buffer).toString("base64"),
});
const missing: JSONValue = { $undefined: null };

/** One document per kind of value in `f`, in index order. */
const values: (JSONValue | undefined)[] = [
  undefined,
  null,
  int(1),
  -1,
  5,
  5.5,
  false,
  true,
  "a",
  "b",
  [1],
  { x: 1 },
];

beforeAll(async () => {
  bed = await TemporaryDatabase.open();
  await bed.activate(tableSchema("t", { by_f: ["f"], by_g_f: ["g", "f"] }));
  await bed.write((tx) => {
    for (const [n, f] of values.entries())
      tx.insert("t", { n, g: n % 2, ...(f === undefined ? {} : { f }) });
  });
  await bed.write((tx) => tx.ensureTable("empty"));
});
afterAll(() => bed.remove());

function found(range: JSONValue[], operators: JSONValue[] = [], order = "asc"): unknown[] {
  return bed.read((tx) =>
    collect(tx, indexRange("t.by_f", range, operators, order)).map(({ n }) => n),
  );
}

describe("index ranges", () => {
  test("[TX20] rows come in the order of values, with ids of time and document behind, or the reverse", () => {
    const all = values.map((_, n) => n);
    expect(found([])).toEqual(all);
    expect(found([], [], "desc")).toEqual([...all].reverse());
    bed.read((tx) => expect(collect(tx, fullScan("t")).map(({ n }) => n)).toEqual(all));
  });

  test("[TX20] one bound runs into the other types", () => {
    expect(found([bound("Gt", "f", 5)])).toEqual([5, 6, 7, 8, 9, 10, 11]);
    expect(found([bound("Gte", "f", 5)])).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    expect(found([bound("Lt", "f", 5)])).toEqual([0, 1, 2, 3]);
    expect(found([bound("Lte", "f", "a")])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(found([bound("Gt", "f", null), bound("Lt", "f", 5)])).toEqual([2, 3]);
  });

  test("[TX20] undefined, null, int64 and float64 are different values", () => {
    expect(found([bound("Eq", "f", missing)])).toEqual([0]);
    expect(found([bound("Eq", "f", null)])).toEqual([1]);
    expect(found([bound("Eq", "f", int(1))])).toEqual([2]);
    expect(found([bound("Eq", "f", 1)])).toEqual([]);
  });

  test("[TX20] equality in any order on a prefix, then a bound on the next field", () => {
    const query = indexRange("t.by_g_f", [bound("Gt", "f", 4), bound("Eq", "g", 0)]);
    bed.read((tx) => expect(collect(tx, query).map(({ n }) => n)).toEqual([4, 6, 8, 10]));
    const full = indexRange("t.by_g_f", [
      bound("Eq", "f", "b"),
      bound("Eq", "g", 1),
      bound("Gt", "_creationTime", 0),
    ]);
    bed.read((tx) => expect(collect(tx, full).map(({ n }) => n)).toEqual([9]));
  });

  test("[TX20] the interval holds exactly the keys that satisfy the comparisons", () => {
    const value = fc.constantFrom<JSONValue>(null, 0, 1, 2, "a", "a\0", "b", missing, int(1));
    const type = fc.constantFrom<RangeBound["type"]>("Eq", "Gt", "Gte", "Lt", "Lte");
    fc.assert(
      fc.property(type, value, value, (kind, limit, actual) => {
        const { start, end } = compileRange(
          "t.i",
          ["f"],
          [{ type: kind, fieldPath: "f", value: limit }],
        );
        const key = encodeKey([decode(actual), 5, "id"]);
        const expression = {
          [`$${kind.toLowerCase()}`]: [{ $literal: actual }, { $literal: limit }],
        };
        expect(start <= key && key < end).toBe(evaluate(expression, {}));
      }),
      { numRuns: 500 },
    );
  });

  const refusals: [string, JSONValue[], string][] = [
    [
      "equality twice",
      [bound("Eq", "f", 1), bound("Eq", "f", 2)],
      "Already defined equality bound in index range. Can't add",
    ],
    [
      "two lower bounds",
      [bound("Gt", "f", 1), bound("Gte", "f", 2)],
      "Already defined lower bound in index range. Can't add",
    ],
    [
      "two upper bounds",
      [bound("Lt", "f", 1), bound("Lte", "f", 2)],
      "Already defined upper bound in index range. Can't add",
    ],
    [
      "bounds on two fields",
      [bound("Gt", "g", 1), bound("Lt", "f", 2)],
      "Upper and lower bounds in `range` can only be applied to a single index field.",
    ],
    [
      "a field that is skipped",
      [bound("Eq", "f", 1)],
      'Tried to query index t.by_g_f but the query didn\'t use the index fields in order.\nIndex fields: ["g", "f", "_creationTime"]\nQuery fields: ["f"]\nFirst incorrect field: "f"',
    ],
    [
      "a field that is not indexed",
      [bound("Eq", "x", 1)],
      'The index range included a comparison with "x", but t.by_g_f with fields ["g", "f", "_creationTime"] doesn\'t index this field.',
    ],
  ];
  test.each(refusals)("[TX21] %s is refused", (_, range, message) => {
    bed.read((tx) => expect(() => tx.openQuery(indexRange("t.by_g_f", range))).toThrow(message));
  });

  test("[TX21] an unknown index is an error, an unknown table has no rows", () => {
    bed.read((tx) => {
      expect(() => tx.openQuery(indexRange("t.by_x", []))).toThrow("Index t.by_x not found.");
      expect(() => tx.openQuery(indexRange("nowhere.by_x", []))).toThrow(
        "Index nowhere.by_x not found.",
      );
      expect(collect(tx, fullScan("nowhere"))).toEqual([]);
      expect(() => tx.openQuery({ source: {}, operators: [] })).toThrow("Invalid query");
    });
  });
});

describe("operators", () => {
  const even = { $eq: [{ $mod: [{ $field: "n" }, { $literal: 2 }] }, { $literal: 0 }] };

  test("[TX22] filters and limits apply in their order", () => {
    expect(found([], [{ filter: even }, { limit: 3 }])).toEqual([0, 2, 4]);
    expect(found([], [{ limit: 3 }, { filter: even }])).toEqual([0, 2]);
    expect(found([], [{ limit: 0 }])).toEqual([]);
    expect(found([], [{ limit: 5 }, { limit: 2 }])).toEqual([0, 1]);
  });

  test("[TX22] a scan that finds nothing for long can be left and taken up again", () => {
    bed.read((tx) => {
      const cursor = tx.openQuery(
        fullScan("t", [{ filter: { $eq: [{ $field: "n" }, { $literal: 7 }] } }]),
      );
      expect(cursor.nextWithin(5)).toBe(undefined);
      expect(JSON.parse(cursor.nextWithin(5) ?? "null")).toMatchObject({ n: 7 });
      expect(cursor.nextWithin(3)).toBe(undefined);
      expect(cursor.nextWithin(3)).toBe(null);
      cursor.close();
      expect(cursor.nextWithin(1)).toBe(null);
    });
  });

  const field = (name: string) => ({ $field: name });
  const literal = (value: JSONValue) => ({ $literal: value });
  const results: [JSONValue, unknown][] = [
    [{ $eq: [field("no"), literal(missing)] }, true],
    [{ $neq: [field("n"), literal(int(1))] }, true],
    [{ $lt: [field("no"), literal(null)] }, true],
    [{ $lte: [literal("a"), literal("a")] }, true],
    [{ $gt: [literal(0), literal(int(9))] }, true],
    [{ $gte: [field("deep.x"), literal(7)] }, true],
    [{ $and: [literal(true), literal(false), { $neg: [] }] }, false],
    [{ $or: [literal(false), literal(true), literal(3)] }, true],
    [{ $not: literal(false) }, true],
    [{ $add: [field("n"), literal(2)] }, 3],
    [{ $div: [literal(int(7)), literal(int(2))] }, 3n],
    [{ $mul: [literal(int(3)), literal(int(-2))] }, -6n],
    [{ $sub: [literal(1.5), literal(1)] }, 0.5],
    [{ $neg: literal(int(4)) }, -4n],
  ];
  test.each(results)("[TX23] %j", (expression, expected) => {
    expect(evaluate(expression, { n: 1, deep: { x: 7 } })).toEqual(expected);
  });

  const failures: [JSONValue, string][] = [
    [{ $add: [literal(1), literal(int(2))] }, "Cannot add 1.0 (type Float64) and 2 (type Int64)"],
    [
      { $mod: [literal("a"), literal(null)] },
      'Cannot modulo "a" (type String) and null (type Null)',
    ],
    [{ $div: [literal(int(1)), literal(int(0))] }, "by zero"],
    [{ $add: [literal({ $integer: "/////////38=" }), literal(int(1))] }, "Integer overflow"],
    [{ $not: literal(3) }, "Cannot use value 3.0 (type Float64) as a Boolean"],
    [{ $and: [field("n")] }, "Cannot use value 1.0 (type Float64) as a Boolean"],
    [{ $what: [] }, "Invalid filter expression"],
  ];
  test.each(failures)("[TX23] %j fails", (expression, message) => {
    expect(() => evaluate(expression, { n: 1 })).toThrow(message);
  });
});

describe("read sets", () => {
  const key = (n: number) => encodeKey([n]);

  /** The interval read in t.by_g_f's prefix `g = 0`, as fractions of the documents in it. */
  function readOf(query: JSONValue, take: number): { start: string; end: string | null } {
    return bed.read((tx) => {
      const cursor = tx.openQuery(query);
      for (let i = 0; i < take; i++) cursor.next();
      return onlyInterval(tx, "by_f");
    });
  }

  function onlyInterval(tx: Transaction, index: string): { start: string; end: string | null } {
    const id = bed.database.catalog.table("t")?.indexes.get(index)?.id ?? 0;
    const [interval, ...others] = tx.snapshotReads().intervals.get(id) ?? [];
    expect(others).toEqual([]);
    if (interval === undefined) throw new Error("nothing was read");
    return interval;
  }

  const keyOf = (n: number) =>
    bed.read((tx) => {
      const [doc] = collect(
        tx,
        fullScan("t", [{ filter: { $eq: [{ $field: "n" }, { $literal: n }] } }]),
      );
      return encodeKey([
        decode(values[n] === undefined ? missing : values[n]),
        Number(doc?._creationTime),
        String(doc?._id),
      ]);
    });

  test("[TX8] a stream that is left early covers its range up to the last row", () => {
    const range = [bound("Gte", "f", -1)];
    expect(readOf(indexRange("t.by_f", range), 2)).toEqual({
      start: key(-1),
      end: `${keyOf(4)}\0`,
    });
    const backwards = readOf(indexRange("t.by_f", range, [], "desc"), 2);
    expect(backwards).toEqual({ start: keyOf(10), end: null });
  });

  test("[TX8] an exhausted stream covers its whole range, also when it is empty", () => {
    const nothing = indexRange("t.by_f", [bound("Gt", "f", 100), bound("Lt", "f", 200)]);
    expect(readOf(nothing, 1)).toEqual({ start: prefixEnd(key(100)), end: key(200) });
    expect(readOf(indexRange("t.by_f", []), 13)).toEqual({ start: "", end: null });
  });

  test("[TX8] rows that a filter rejects count, and a reached limit reads no further", () => {
    const third = { filter: { $eq: [{ $field: "n" }, { $literal: 2 }] } };
    const { end } = readOf(indexRange("t.by_f", [], [third, { limit: 1 }]), 5);
    expect(end).toBe(`${keyOf(2)}\0`);
    const limited = readOf(indexRange("t.by_f", [], [{ limit: 2 }]), 5);
    expect(limited.end).toBe(`${keyOf(1)}\0`);
  });

  test("[TX8] a get covers its document's key, also when there is no document", () => {
    bed.read((tx) => {
      const [doc] = collect(bed.database.begin(), fullScan("t"));
      const id = String(doc?._id);
      tx.get(id);
      const start = encodeKey([id]);
      expect(onlyInterval(tx, "by_id")).toEqual({ start, end: `${start}\0` });
    });
  });

  test("[TX24] intervals stay sorted, disjoint and cover exactly what was added", () => {
    const point = fc.integer({ min: 0, max: 30 }).map((n) => String.fromCharCode(65 + n));
    fc.assert(
      fc.property(fc.array(fc.tuple(point, point), { maxLength: 40 }), (added) => {
        const reads = new ReadSetBuilder();
        let count = 0;
        for (const [start, end] of added) count += reads.add(1, start, end);
        const intervals = reads.snapshot().intervals.get(1) ?? [];
        expect(intervals.length).toBe(count);
        for (let i = 1; i < intervals.length; i++) {
          expect((intervals[i - 1]?.end ?? "") < (intervals[i]?.start ?? "")).toBe(true);
        }
        for (let n = 0; n < 32; n++) {
          const at = String.fromCharCode(65 + n);
          expect(reads.contains(1, at)).toBe(added.some(([start, end]) => start <= at && at < end));
        }
      }),
      { numRuns: 500 },
    );
  });
});

function decode(value: JSONValue) {
  return evaluate({ $literal: value }, {});
}
