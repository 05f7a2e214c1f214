import type { JSONValue } from "convex/values";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { encodeId } from "../values/ids.ts";
import { checkDocumentValue, checkValue, parseValidator, printValidator } from "./validators.ts";

const names = new Map([
  [10001, "users"],
  [10002, "posts"],
  [540, "_storage"],
]);
const context = { tableName: (number: number) => names.get(number) ?? null };
const userId = encodeId(10001, new Uint8Array(16));
const fileId = encodeId(540, new Uint8Array(16));
const unknownId = encodeId(10009, new Uint8Array(16));

interface Exported {
  json: unknown;
}

/** The JSON that the official package exports for a validator. */
function exported(validator: object): JSONValue {
  return JSON.parse(JSON.stringify((validator as Exported).json)) as JSONValue;
}

function check(validator: object, value: JSONValue): string | null {
  return checkValue(parseValidator(exported(validator)), value, context);
}

const int = (n: number): JSONValue => ({
  $integer: Buffer.from(BigInt64Array.of(BigInt(n)).buffer).toString("base64"),
});

describe("matching", () => {
  const cases: [string, object, JSONValue, boolean][] = [
    ["null", v.null(), null, true],
    ["a float", v.number(), 1, true],
    ["a special float", v.number(), { $float: "AAAAAAAA+H8=" }, true],
    ["an int64 for a float", v.number(), int(1), false],
    ["an int64", v.int64(), int(1), true],
    ["a commit timestamp for an int64", v.int64(), { $commitTs: null }, true],
    ["bytes", v.bytes(), { $bytes: "AAA=" }, true],
    ["an object for bytes", v.bytes(), {}, false],
    ["anything", v.any(), [{ x: null }], true],
    ["an id", v.id("users"), userId, true],
    ["an id of a system table", v.id("_storage"), fileId, true],
    ["an id of no table", v.id("users"), unknownId, false],
    ["no id", v.id("users"), "hello", false],
    ["a literal", v.literal("a"), "a", true],
    ["an int64 literal", v.literal(1n), int(1), true],
    ["a float for an int64 literal", v.literal(1n), 1, false],
    ["an array", v.array(v.string()), ["a", "b"], true],
    ["an optional field that is missing", v.object({ a: v.optional(v.null()) }), {}, true],
    [
      "a field that is declared optional and null",
      v.object({ a: v.optional(v.string()) }),
      { a: null },
      false,
    ],
    ["a record", v.record(v.string(), v.number()), { a: 1, b: 2 }, true],
    ["a record of ids", v.record(v.id("users"), v.number()), { [userId]: 1 }, true],
    ["one of a union", v.union(v.string(), v.null()), null, true],
    [
      "a nested object",
      v.object({ a: v.object({ b: v.array(v.boolean()) }) }),
      { a: { b: [true] } },
      true,
    ],
  ];
  test.each(cases)("[VAL11] %s", (_, validator, value, matches) => {
    expect(check(validator, value) === null).toBe(matches);
  });

  test("[VAL11] a document's system fields are not the validator's business, others' are", () => {
    const validator = parseValidator(
      exported(v.union(v.object({ a: v.null() }), v.object({ b: v.null() }))),
    );
    const system = { _id: userId, _creationTime: 1 };
    expect(checkDocumentValue(validator, { ...system, b: null }, context)).toBe(null);
    expect(checkDocumentValue(validator, { ...system, c: null }, context)).not.toBe(null);
    expect(checkValue(validator, { ...system, b: null }, context)).not.toBe(null);
  });
});

describe("texts", () => {
  const person = v.object({ name: v.string(), age: v.optional(v.any()) });
  const cases: [object, JSONValue, string][] = [
    [
      person,
      { age: 1 },
      "Object is missing the required field `name`. Consider wrapping the field validator in `v.optional(...)` if this is expected.\n\nObject: {age: 1.0}\nValidator: v.object({age: v.optional(v.any()), name: v.string()})",
    ],
    [
      v.array(person),
      [{ name: "a" }, { name: "b", foo: [] }],
      'Object contains extra field `foo` that is not in the validator.\nPath: [1]\nObject: {foo: [], name: "b"}\nValidator: v.object({age: v.optional(v.any()), name: v.string()})',
    ],
    [
      v.object({ a: v.array(v.object({ b: v.number() })) }),
      { a: [{ b: "abc" }] },
      'Value does not match validator.\nPath: .a[0].b\nValue: "abc"\nValidator: v.float64()',
    ],
    [v.number(), "abc", 'Value does not match validator.\n\nValue: "abc"\nValidator: v.float64()'],
    [v.literal("a"), "b", '`"b"` does not match literal validator `v.literal("a")`.'],
    [
      v.object({ k: v.literal(1n) }),
      { k: 2 },
      "`2.0` does not match literal validator `v.literal(<bigint>)`.Path: .k",
    ],
    [
      v.object({ p: v.id("posts") }),
      { p: userId },
      `Found ID "${userId}" from table \`users\`, which does not match the table name in validator \`v.id("posts")\`.Path: .p`,
    ],
    [
      v.id("posts"),
      fileId,
      `Found ID "${fileId}" from a system table, which does not match the table name in validator \`v.id("posts")\`.`,
    ],
    [
      v.record(v.id("users"), v.number()),
      { nope: 1 },
      'Value does not match validator.\nPath: .keys()\nValue: "nope"\nValidator: v.id("users")',
    ],
    [
      v.record(v.string(), v.number()),
      { a: null },
      "Value does not match validator.\nPath: .values()\nValue: null\nValidator: v.float64()",
    ],
    [
      v.union(v.literal("a"), v.object({ x: v.null() })),
      { x: 1 },
      'Value does not match validator.\n\nValue: {x: 1.0}\nValidator: v.union(v.literal("a"), v.object({x: v.null()}))',
    ],
    [
      v.union(v.object({ x: v.null() })),
      { x: 1 },
      "Value does not match validator.\nPath: .x\nValue: 1.0\nValidator: v.null()",
    ],
  ];
  test.each(cases)(
    "[VAL12] a mismatch is told in the official words: %#",
    (validator, value, text) => {
      expect(check(validator, value)).toBe(text);
    },
  );

  test("[VAL12] declared fields are checked in sorted order, then extra ones", () => {
    const validator = v.object({ b: v.string(), a: v.string() });
    expect(check(validator, { b: 1, a: 1, extra: 1 })).toContain("Path: .a");
    expect(check(validator, { b: 1, a: "x", extra: 1 })).toContain("Path: .b");
    expect(check(validator, { b: "x", a: "x", extra: 1 })).toContain("extra field `extra`");
  });

  const printed: [object, string][] = [
    [v.id("t"), 'v.id("t")'],
    [v.int64(), "v.int64()"],
    [v.bytes(), "v.bytes()"],
    [v.boolean(), "v.boolean()"],
    [v.literal(1), "v.literal(1.0)"],
    [v.literal(true), "v.literal(true)"],
    [v.record(v.string(), v.array(v.any())), "v.record(v.string(), v.array(v.any()))"],
    [v.union(v.null(), v.string()), "v.union(v.null(), v.string())"],
  ];
  test.each(printed)("[VAL12] validator %# prints as it is written", (validator, text) => {
    expect(printValidator(parseValidator(exported(validator)))).toBe(text);
  });

  test("[VAL11] what is no validator is refused", () => {
    for (const bad of [
      null,
      {},
      { type: "what" },
      { type: "array" },
      { type: "object", value: [] },
    ]) {
      expect(() => parseValidator(bad as JSONValue)).toThrow("Not a validator");
    }
  });
});
