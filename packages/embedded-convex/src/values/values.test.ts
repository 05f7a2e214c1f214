import {
  compareValues,
  convexToJson,
  type JSONValue,
  jsonToConvex,
  type Value,
} from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatBytes } from "./bytes-text.ts";
import { canonicalize } from "./canonical.ts";
import { decodeId, encodeId, newInternalId, tableNumberOfId } from "./ids.ts";
import { bufferToKey, encodeKey, keySuccessor, keyToBuffer, prefixEnd } from "./keys.ts";
import { fieldPathProblem, identifierProblem } from "./names.ts";
import { tsFromBase64, tsToBase64 } from "./timestamps.ts";
import { printType, printValue } from "./value-text.ts";

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

const fieldName = fc.string({ unit: fc.constantFrom("a", "b", " ", "~", "0"), maxLength: 3 });
const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "\0"), maxLength: 2 }),
  fc.string({ unit: "binary", maxLength: 5 }),
  fc.string({ unit: fc.constantFrom("a", "\0", "ÿ", "\uffff", "\u{1f600}"), maxLength: 5 }),
);
const anyInt = fc.oneof(
  fc.bigInt({ min: MIN_INT64, max: MAX_INT64 }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.constantFrom(MIN_INT64, MAX_INT64, -(2n ** 32n), 2n ** 32n, 65535n, 65536n, -65536n, -65537n),
);
const bytes = fc
  .uint8Array({ maxLength: 5 })
  .map((array) => new Uint8Array(array).buffer as ArrayBuffer);
const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.constantFrom(0, -0, Infinity, -Infinity, Number.MIN_VALUE),
    anyInt,
    anyText,
    bytes,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fieldName, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const valueOrMissing = fc.oneof(anyValue, fc.constant(undefined));

/** compareValues, one after the other. */
function compareTuples(
  a: readonly (Value | undefined)[],
  b: readonly (Value | undefined)[],
): number {
  for (const [i, value] of a.entries()) {
    const order = compareValues(value, b[i]);
    if (order !== 0) return Math.sign(order);
  }
  return 0;
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

describe("keys", () => {
  test("[VAL1] the order of keys is the order of values", () => {
    const tuples = fc.integer({ min: 1, max: 3 }).chain((length) => {
      // Texts that are prefixes of one another are where an encoding goes wrong.
      const close = fc.string({ unit: fc.constantFrom("a", "\0"), maxLength: 2 });
      const element = fc.oneof(
        { weight: 2, arbitrary: valueOrMissing },
        { weight: 1, arbitrary: close },
      );
      const tuple = fc.array(element, { minLength: length, maxLength: length });
      return fc.tuple(tuple, tuple);
    });
    fc.assert(
      fc.property(tuples, ([a, b]) => {
        expect(compareKeys(encodeKey(a), encodeKey(b))).toBe(compareTuples(a, b));
      }),
      { numRuns: 3000 },
    );
  });

  test("[VAL1] byte order of the stored blobs is the order of the keys", () => {
    fc.assert(
      fc.property(valueOrMissing, valueOrMissing, (a, b) => {
        const [left, right] = [encodeKey([a]), encodeKey([b])];
        expect(bufferToKey(keyToBuffer(left))).toBe(left);
        const order = Buffer.compare(keyToBuffer(left), keyToBuffer(right));
        expect(order).toBe(compareKeys(left, right));
      }),
    );
  });

  test("[VAL2] a prefix's range holds exactly the keys that begin with its values", () => {
    fc.assert(
      fc.property(valueOrMissing, valueOrMissing, valueOrMissing, (first, other, second) => {
        const start = encodeKey([first]);
        const key = encodeKey([other, second]);
        const inside = start <= key && key < prefixEnd(start);
        expect(inside).toBe(compareValues(first, other) === 0);
      }),
      { numRuns: 1000, examples: [["a", "a\0", null]] },
    );
  });

  test("[VAL2] nothing lies between a key and its successor", () => {
    expect("k" < keySuccessor("k")).toBe(true);
    expect(keySuccessor("k") <= "k\0").toBe(true);
  });
});

describe("ids", () => {
  const counting = Uint8Array.from({ length: 16 }, (_, i) => i);
  const zeros = new Uint8Array(16);
  const vectors: [number, Uint8Array, string][] = [
    [10001, counting, "j57000820c20a1g7104gm2rc1m70ynr8"],
    [1, zeros, "0400000000000000000000000000248"],
    [128, zeros, "g00g000000000000000000000000108h"],
    [16384, zeros, "g2002000000000000000000000000001j4"],
  ];

  test.each(vectors)("[VAL3] table %i has the id of the official encoder", (table, id, text) => {
    expect(encodeId(table, id)).toBe(text);
    expect(decodeId(text)).toEqual({ tableNumber: table, internalId: id });
  });

  test("[VAL3] every id decodes to what it was made of", () => {
    const number = fc.oneof(
      fc.integer({ min: 1, max: 0xffffffff }),
      fc.integer({ min: 1, max: 20_000 }),
    );
    fc.assert(
      fc.property(number, fc.uint8Array({ minLength: 16, maxLength: 16 }), (table, id) => {
        const text = encodeId(table, id);
        expect(decodeId(text)).toEqual({ tableNumber: table, internalId: new Uint8Array(id) });
        expect(tableNumberOfId(text)).toBe(table);
      }),
    );
  });

  test("[VAL4] no text with a character changed is an id of the same table by accident", () => {
    const text = encodeId(10001, counting);
    for (let i = 0; i < text.length; i++) {
      const changed = `${text.slice(0, i)}${text[i] === "z" ? "y" : "z"}${text.slice(i + 1)}`;
      expect(tableNumberOfId(changed)).toBe(null);
    }
  });

  test.each([
    ["not an id!", "Unable to decode ID: ID wasn't valid base32"],
    ["J57000820C20A1G7104GM2RC1M70YNR8", "Unable to decode ID: ID wasn't valid base32"],
    ["abc", "Unable to decode ID: Invalid ID length 3"],
    ["", "Unable to decode ID: Invalid ID length 0"],
    ["0".repeat(31), "Unable to decode ID: Invalid table number"],
  ])("[VAL4] %j is refused", (text, message) => {
    expect(() => decodeId(text)).toThrow(message);
  });

  test("[VAL3] an internal id ends with its day", () => {
    const id = newInternalId((n) => new Uint8Array(n).fill(7), 86_400_000 * 0x1234 + 5);
    expect([...id.slice(12)]).toEqual([7, 7, 0x12, 0x34]);
  });
});

describe("encodings", () => {
  test("[VAL5] a value has one canonical encoding, which means the same", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const canonical = canonicalize(convexToJson(value));
        expect(compareValues(jsonToConvex(canonical.json), value)).toBe(0);
        expect(JSON.stringify(canonicalize(canonical.json).json)).toBe(
          JSON.stringify(canonical.json),
        );
      }),
    );
  });

  test("[VAL5] fields are sorted at every depth", () => {
    const { json } = canonicalize({ b: [{ d: 1, c: 2 }], a: null });
    expect(JSON.stringify(json)).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  test("[VAL5] a field named __proto__ is a field like any other", () => {
    const { json } = canonicalize(JSON.parse('{"__proto__":{"x":1},"a":2}'));
    expect(JSON.stringify(json)).toBe('{"__proto__":{"x":1},"a":2}');
  });

  test("[VAL5] minus zero and infinity are spelled out", () => {
    expect(canonicalize(-0).json).toEqual({ $float: "AAAAAAAAAIA=" });
    expect(canonicalize(JSON.parse("1e999")).json).toEqual({ $float: "AAAAAAAA8H8=" });
  });

  test.each<[JSONValue, string]>([
    [{ $foo: 1, b: 1 }, "Field name $foo starts with a '$', which is reserved."],
    [{ ä: 1 }, "Field name ä has invalid character 'ä'"],
    [{ [`${"x".repeat(1025)}`]: 1 }, "exceeds maximum field name length 1024"],
    [{ $integer: "AA==" }, "Received 1 bytes, expected 8 for $integer"],
    [{ $float: "AAAAAAAA8D8=" }, "Float 1 should be encoded as a number"],
    [{ $set: [] }, "Received a Set which is no longer supported as a Convex type."],
    [new Array(8193).fill(0), "Array length is too long (8193 > maximum length 8192)"],
    [
      Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [`f${i}`, 0])),
      "Object has too many fields (1025 > maximum number 1024)",
    ],
  ])("[VAL6] an illegal value is refused: %#", (value, message) => {
    expect(() => canonicalize(value)).toThrow(message);
  });

  test("[VAL6] values deeper than 64 levels are refused, however deep", () => {
    expect(canonicalize(nested(64)).nesting).toBe(64);
    expect(() => canonicalize(nested(65))).toThrow(
      "Value is too nested (nested 65 levels deep > maximum nesting 64)",
    );
    expect(() => canonicalize(nested(3000))).toThrow("nested 3000 levels deep");
  });

  test("[VAL6] values over 32 MiB are refused", () => {
    const text = "x".repeat(17 * 1024 * 1024);
    expect(() => canonicalize([text, text])).toThrow(
      "Value is too large (34 MiB > maximum size 32 MiB)",
    );
  });

  test("[VAL7] sizes follow the contract", () => {
    const value = {
      a: null,
      bc: ["é", { $integer: "AQAAAAAAAAA=" }],
      d: { $bytes: "AAAA" },
      e: true,
      f: 1.5,
    };
    const array = 2 + (2 + 2) + 9;
    expect(canonicalize(value).size).toBe(2 + (2 + 1) + (3 + array) + (2 + 5) + (2 + 1) + (2 + 9));
  });

  test.each([
    [512, "512 B"],
    [1 << 20, "1 MiB"],
    [1.1 * (1 << 20), "1.1 MiB"],
    [16 * (1 << 20), "16 MiB"],
  ])("[VAL7] %d bytes read %s", (size, text) => {
    expect(formatBytes(size)).toBe(text);
  });

  test("[VAL8] timestamps are eight little-endian bytes and nothing else", () => {
    expect(tsToBase64(1n)).toBe("AQAAAAAAAAA=");
    expect(tsFromBase64("AQAAAAAAAAA=")).toBe(1n);
    for (const bad of ["", "AQ==", "AQAAAAAAAAB=", "!"])
      expect(() => tsFromBase64(bad)).toThrow(RangeError);
  });
});

describe("texts", () => {
  test.each<[Value | undefined, string, string]>([
    [undefined, "undefined", "Undefined"],
    [null, "null", "Null"],
    [1, "1.0", "Float64"],
    [1.25, "1.25", "Float64"],
    [-0, "-0.0", "Float64"],
    [1e21, "1e21", "Float64"],
    [123456789012, "123456789012.0", "Float64"],
    [1e-7, "1e-7", "Float64"],
    [5n, "5", "Int64"],
    ['a"\n\\', '"a\\"\\n\\\\"', "String"],
    [new Uint8Array([1, 2]).buffer, 'b"AQI="', "Bytes"],
    [[1, "x"], '[1.0, "x"]', "Array"],
    [{ b: 1n, a: [] }, "{a: [], b: 1}", "Object"],
  ])("[VAL9] %o prints as %s (%s)", (value, text, type) => {
    expect(printValue(value)).toBe(text);
    expect(printType(value)).toBe(type);
  });

  test("[VAL10] identifiers are letters, digits and underscores, at most 64, not underscores alone", () => {
    for (const good of ["a", "_a1", "A".repeat(64)]) expect(identifierProblem(good)).toBe(null);
    for (const bad of ["", "1a", "a-b", "__", "A".repeat(65), "ä"]) {
      expect(identifierProblem(bad)).not.toBe(null);
    }
    expect(fieldPathProblem("a.b_1")).toBe(null);
    expect(fieldPathProblem("a..b")).not.toBe(null);
  });
});

function nested(levels: number): JSONValue {
  let value: JSONValue = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}
