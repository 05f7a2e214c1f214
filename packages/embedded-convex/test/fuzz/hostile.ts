/** Values, texts and bytes that break careless readers; all by a seed. */
import type { JSONValue } from "convex/values";
import type { Random } from "../seeds.ts";

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  -(2 ** 63),
  1e308,
  5e-324,
] as const;

const TEXTS = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "\udc00\ud800",
  "é",
  "🛰",
  "\u202e",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "default",
  "_id",
  "_creationTime",
  "$integer",
  "null",
  "true",
  "-1",
  "1e999",
  "NaN",
  "../../etc/passwd",
  "%00",
  "%2e%2e%2f",
  "a:b:c",
  "_system/cli/tables",
  "secrets:always",
  "secrets:inner",
  "AAAAAAAAAAA=",
  "//////////8=",
  "e30.e30.",
  "[",
  "{}",
] as const;

const SPECIALS: readonly JSONValue[] = [
  { $integer: "AAAAAAAAAAA=" },
  { $integer: "x" },
  { $integer: 1 },
  { $float: "AAAAAAAA8H8=" },
  { $float: "AAAAAAAA8D8=" },
  { $bytes: "AA==" },
  { $bytes: "*" },
  { $commitTs: null },
  { $set: [1] },
  { $map: [[1, 2]] },
  { $undefined: null },
  { $integer: "AAAAAAAAAAA=", more: 1 },
];

/** Stands for nesting that `JSON.stringify` could not write; `jsonText` puts it in. */
const DEEP = "deep inside";

/** As JSON, in places deep enough for any recursion to run out of stack. */
export function jsonText(value: JSONValue): string {
  return JSON.stringify(value).replaceAll(`"${DEEP}"`, "[".repeat(20_000) + "]".repeat(20_000));
}

export function hostileText(random: Random): string {
  const text = random.pick(TEXTS);
  return random.oneIn(12) ? text.padEnd(random.below(5_000), text || "x") : text;
}

export function hostileValue(random: Random, depth = 3): JSONValue {
  switch (random.below(depth === 0 ? 5 : 9)) {
    case 0:
      return null;
    case 1:
      return random.oneIn(2);
    case 2:
      return random.pick(NUMBERS);
    case 3:
    case 4:
      return hostileText(random);
    case 5:
      return SPECIALS[random.below(SPECIALS.length)] ?? null;
    case 6:
      return random.oneIn(4) ? DEEP : nested(random);
    case 7:
      return Array.from({ length: random.below(5) }, () => hostileValue(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(5) }, () => [
          hostileText(random),
          hostileValue(random, depth - 1),
        ]),
      );
  }
}

/** As deep as values may be, and deeper. */
function nested(random: Random): JSONValue {
  const depth = random.pick([10, 64, 65, 100, 250]);
  let value: JSONValue = 1;
  for (let i = 0; i < depth; i++) value = random.oneIn(2) ? [value] : { a: value };
  return value;
}

/** The value with something in it exchanged, left out or added; its text with something wrong. */
export function mutatedJson(value: JSONValue, random: Random): string {
  let changed = value;
  for (let times = 1 + random.below(3); times > 0; times--) changed = mutate(changed, random);
  const text = jsonText(changed);
  return random.oneIn(4) ? mutatedText(text, random) : text;
}

function mutate(value: JSONValue, random: Random): JSONValue {
  if (value === null || typeof value !== "object" || random.oneIn(6)) return hostileValue(random);
  if (Array.isArray(value)) {
    const at = random.below(value.length + 1);
    const [element] = value.slice(at);
    if (element === undefined) return [...value, hostileValue(random)];
    return value.with(at, mutate(element, random));
  }
  const names = Object.keys(value);
  const name = names[random.below(names.length + 1)] ?? hostileText(random);
  const { [name]: inner, ...rest } = value;
  if (random.oneIn(5)) return rest;
  return { ...rest, [name]: inner === undefined ? hostileValue(random) : mutate(inner, random) };
}

export function mutatedText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + hostileText(random) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + random.below(8));
    case 3:
      return text + text;
    default:
      return text.slice(0, at) + text.slice(at).split("").reverse().join("");
  }
}

export function mutatedBytes(bytes: Uint8Array, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  switch (random.below(4)) {
    case 0:
      return copy.subarray(0, random.below(copy.length + 1));
    case 1: {
      const at = random.below(copy.length + 1);
      return Buffer.concat([copy.subarray(0, at), copy.subarray(random.below(copy.length + 1))]);
    }
    default:
      for (let times = 1 + random.below(8); times > 0; times--) {
        copy[random.below(copy.length)] = random.pick([0, 255, random.below(256)]);
      }
      return copy;
  }
}
