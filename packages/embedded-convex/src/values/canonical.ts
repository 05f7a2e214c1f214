/**
 * One pass over an encoded value: checks it, measures it, and gives back the one
 * encoding the engine stores (fields in code-unit order, special floats spelled out).
 */
import { convexToJson, type JSONValue, jsonToConvex } from "convex/values";
import { DeveloperError } from "../errors.ts";
import { formatBytes } from "./bytes-text.ts";

const MAX_ARRAY_LENGTH = 8192;
const MAX_OBJECT_FIELDS = 1024;
const MAX_VALUE_NESTING = 64;
const MAX_VALUE_BYTES = 32 * 1024 * 1024;

export interface Canonical {
  readonly json: JSONValue;
  /** Convex size in bytes (contract 4.3). */
  readonly size: number;
  /** 0 for scalars; a container is one more than its deepest element. */
  readonly nesting: number;
  /** Holds a commit timestamp placeholder somewhere. */
  readonly hasCommitTs: boolean;
}

/** Throws a DeveloperError with the contract's text for anything that is not a legal value. */
export function canonicalize(value: JSONValue): Canonical {
  const result = walk(value, 0);
  if (result.size > MAX_VALUE_BYTES) throw tooLarge(result.size, MAX_VALUE_BYTES);
  return result;
}

export function tooLarge(size: number, limit: number): DeveloperError {
  return new DeveloperError(
    `Value is too large (${formatBytes(size)} > maximum size ${formatBytes(limit)})`,
    "ValueTooLarge",
  );
}

function walk(value: JSONValue, depth: number): Canonical {
  if (value === null || typeof value === "boolean") return scalar(value, 1);
  if (typeof value === "number") return walkNumber(value);
  if (typeof value === "string") return scalar(value, 2 + Buffer.byteLength(value));
  if (depth >= MAX_VALUE_NESTING && !isSpecial(value)) throw tooNested(value, depth);
  if (Array.isArray(value)) return walkArray(value, depth);
  return isSpecial(value) ? walkSpecial(value) : walkObject(value, depth);
}

function walkNumber(value: number): Canonical {
  const ordinary = Number.isFinite(value) && !Object.is(value, -0);
  return scalar(ordinary ? value : convexToJson(value), 9);
}

function walkArray(value: JSONValue[], depth: number): Canonical {
  if (value.length > MAX_ARRAY_LENGTH) {
    throw new DeveloperError(
      `Array length is too long (${value.length} > maximum length ${MAX_ARRAY_LENGTH})`,
      "ArrayTooLong",
    );
  }
  const parts = value.map((element) => walk(element, depth + 1));
  return container(
    parts,
    2,
    parts.map((part) => part.json),
  );
}

function walkObject(value: { [key: string]: JSONValue }, depth: number): Canonical {
  const names = Object.keys(value).sort();
  if (names.length > MAX_OBJECT_FIELDS) {
    throw new DeveloperError(
      `Object has too many fields (${names.length} > maximum number ${MAX_OBJECT_FIELDS})`,
      "ObjectTooLarge",
    );
  }
  const json: { [key: string]: JSONValue } = {};
  const parts: Canonical[] = [];
  let nameBytes = 0;
  for (const name of names) {
    checkFieldName(name);
    const part = walk(value[name] ?? null, depth + 1);
    parts.push(part);
    setField(json, name, part.json);
    nameBytes += name.length + 1;
  }
  return container(parts, 2 + nameBytes, json);
}

/** Assignment, except for the one name that assignment treats as the prototype. */
export function setField(
  object: { [key: string]: JSONValue },
  name: string,
  value: JSONValue,
): void {
  if (name !== "__proto__") object[name] = value;
  else
    Object.defineProperty(object, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function isSpecial(value: JSONValue[] | { [key: string]: JSONValue }): boolean {
  if (Array.isArray(value)) return false;
  const names = Object.keys(value);
  return names.length === 1 && names[0]?.startsWith("$") === true;
}

function walkSpecial(value: JSONValue): Canonical {
  try {
    const decoded = jsonToConvex(value);
    const size = decoded instanceof ArrayBuffer ? 2 + decoded.byteLength : 9;
    const json = convexToJson(decoded);
    const hasCommitTs = json !== null && typeof json === "object" && "$commitTs" in json;
    return { json, size, nesting: 0, hasCommitTs };
  } catch (error) {
    throw new DeveloperError(
      error instanceof Error ? error.message : String(error),
      "InvalidValue",
    );
  }
}

function scalar(json: JSONValue, size: number): Canonical {
  return { json, size, nesting: 0, hasCommitTs: false };
}

function container(parts: readonly Canonical[], ownSize: number, json: JSONValue): Canonical {
  let size = ownSize;
  let deepest = 0;
  let hasCommitTs = false;
  for (const part of parts) {
    size += part.size;
    if (part.nesting > deepest) deepest = part.nesting;
    hasCommitTs ||= part.hasCommitTs;
  }
  return { json, size, nesting: deepest + 1, hasCommitTs };
}

const MAX_FIELD_NAME = 1024;

function checkFieldName(name: string): void {
  if (name.length > MAX_FIELD_NAME) {
    throw invalidName(`Field name ${name} exceeds maximum field name length ${MAX_FIELD_NAME}.`);
  }
  if (name.startsWith("$")) {
    throw invalidName(`Field name ${name} starts with a '$', which is reserved.`);
  }
  const bad = /[^\x20-\x7e]/.exec(name);
  if (bad !== null) {
    throw invalidName(
      `Field name ${name} has invalid character '${bad[0]}': Field names can only contain non-control ASCII characters`,
    );
  }
}

function invalidName(message: string): DeveloperError {
  return new DeveloperError(message, "InvalidFieldName");
}

/** The true depth, found without recursion: the value may be deeper than the stack. */
function tooNested(value: JSONValue, depth: number): DeveloperError {
  let levels = depth;
  let level: JSONValue[] = [value];
  while (level.length > 0) {
    const containers = level.filter(
      (one) => one !== null && typeof one === "object" && !isSpecial(one),
    );
    if (containers.length > 0) levels++;
    level = containers.flatMap((one) => Object.values(one ?? {}));
  }
  return new DeveloperError(
    `Value is too nested (nested ${levels} levels deep > maximum nesting ${MAX_VALUE_NESTING})`,
    "ValueTooNested",
  );
}
