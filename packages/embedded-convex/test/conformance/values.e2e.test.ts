/** Values, their order, and what becomes of them. */
import type { Value } from "convex/values";
import { expect, test } from "vitest";
import { ask, mutate, post, unique } from "./deployment.ts";

const insert = async (of: string, values: Value[]) =>
  (await mutate("rows:insert", { of, values })) as string[];
const valuesOf = async (of: string, order: "asc" | "desc" = "asc") =>
  ((await ask("rows:list", { of, order })) as { value?: Value }[]).map((row) =>
    "value" in row ? row.value : "missing",
  );
const compare = (of: string, op: string, value: Value | undefined, by: "index" | "filter") =>
  ask("rows:compare", { of, op, by, ...(value === undefined ? {} : { value }) });
const WAYS = ["index", "filter"] as const;

test("[TRAP34] int64 and float64 are never equal, and every int64 comes first", async () => {
  const of = unique("kinds");
  await insert(of, [1, 1n, -5, 2n ** 40n]);
  expect(await valuesOf(of)).toEqual([1n, 2n ** 40n, -5, 1]);
  for (const by of WAYS) {
    expect(await compare(of, "eq", 1, by)).toEqual([1]);
    expect(await compare(of, "eq", 1n, by)).toEqual([1n]);
    expect(await compare(of, "gt", 1n, by)).toEqual([2n ** 40n, -5, 1]);
  }
});

test("[TRAP35] missing comes before null and both before numbers; bounds run into other types", async () => {
  const of = unique("missing");
  await insert(of, [5, null, "text", 3]);
  await mutate("rows:insertDocument", { document: { of } });
  expect(await valuesOf(of)).toEqual(["missing", null, 3, 5, "text"]);
  for (const by of WAYS) {
    expect(await compare(of, "eq", null, by)).toEqual([null]);
    expect(await compare(of, "eq", undefined, by)).toEqual(["missing"]);
    expect(await compare(of, "lt", 5, by)).toEqual(["missing", null, 3]);
    expect(await compare(of, "gt", 3, by)).toEqual([5, "text"]);
  }
});

test("[TRAP36] texts are ordered by their UTF-8 bytes, -0 and NaN have places of their own", async () => {
  const texts = unique("texts");
  await insert(texts, ["\u{1f600}", "\uffee", "é", "z", ""]);
  expect(await valuesOf(texts)).toEqual(["", "z", "é", "\uffee", "\u{1f600}"]);
  const floats = unique("floats");
  await insert(floats, [Number.NaN, Infinity, 0, -0, -Infinity]);
  expect(await valuesOf(floats)).toEqual([-Infinity, -0, 0, Infinity, Number.NaN]);
  expect(await compare(floats, "eq", 0, "index")).toEqual([0]);
});

test("[CONTRACT6] values of all types come in one order, through every encoding unchanged", async () => {
  const of = unique("all types");
  const bytes = (...list: number[]) => new Uint8Array(list).buffer;
  const ordered: Value[] = [
    ...[null, -(2n ** 63n), 0n, 2n ** 63n - 1n, -1.5, 0.5, false, true, "", "a"],
    ...[bytes(), bytes(0), bytes(0, 1), bytes(1), [], [1], [1, 2], [2]],
    ...[{}, { a: 1 }, { a: 1, b: 1 }, { a: 2 }, { b: 0 }],
  ];
  await insert(of, [...ordered].reverse());
  expect(await valuesOf(of)).toEqual(ordered);
  expect(await valuesOf(of, "desc")).toEqual([...ordered].reverse());
  for (const value of ordered) expect(await ask("echo:value", { value })).toEqual(value);
});

test("[TRAP41] fields are sent in order; too many fields or items are refused, results too", async () => {
  const { json } = await post("/api/query", { path: "echo:unsorted", args: {} });
  expect(JSON.stringify((json as { value: object }).value)).toBe('{"B":3,"a":{"y":2,"z":1},"b":1}');
  expect(await ask("echo:manyFields", { fields: 1024, items: 8192 })).toBeDefined();
  await expect(ask("echo:manyFields", { fields: 1025, items: 1 })).rejects.toThrow(
    "Object has too many fields (1025 > maximum number 1024)",
  );
  await expect(ask("echo:manyFields", { fields: 1, items: 8193 })).rejects.toThrow(
    "Array length is too long (8193 > maximum length 8192)",
  );
  const of = unique("large");
  await expect(insert(of, ["x".repeat(1 << 20)])).rejects.toThrow("maximum size 1 MiB");
  let nested: Value = 1;
  for (let i = 0; i < 17; i++) nested = [nested];
  await expect(insert(of, [nested])).rejects.toThrow("Document is too nested");
});

test("[CONTRACT7] schema and validators speak the official words", async () => {
  const document = { of: unique("typed"), count: 1n, nested: { a: 1 } };
  expect(await mutate("rows:insertTyped", { document })).toEqual(expect.any(String));
  const refused = (more: object) =>
    mutate("rows:insertTyped", { document: { ...document, ...more } });
  await expect(refused({ count: 1 })).rejects.toThrow(
    'Failed to insert or update a document in table "typed" because it does not match the schema: Value does not match validator.\nPath: .count\nValue: 1.0\nValidator: v.int64()',
  );
  await expect(refused({ extra: 1 })).rejects.toThrow(
    "Object contains extra field `extra` that is not in the validator.",
  );
  await expect(refused({ nested: {} })).rejects.toThrow(
    "Object is missing the required field `a`. Consider wrapping the field validator in `v.optional(...)` if this is expected.\nPath: .nested\nObject: {}\nValidator: v.object({a: v.float64()})",
  );
});
