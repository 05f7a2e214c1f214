/**
 * From the comparisons of `withIndex` to one interval of keys (contract 4.7): equality
 * on a prefix of the fields, then at most one bound from each side on the next field.
 */
import { type JSONValue, jsonToConvex, type Value } from "convex/values";
import { DeveloperError } from "../errors.ts";
import type { IndexKey } from "../rooms.ts";
import { encodeKey, prefixEnd } from "../values/keys.ts";

export interface RangeBound {
  readonly type: "Eq" | "Gt" | "Gte" | "Lt" | "Lte";
  readonly fieldPath: string;
  /** Encoded, or `{"$undefined":null}`. */
  readonly value: JSONValue;
}

interface Bounds {
  readonly equal: ReadonlyMap<string, RangeBound>;
  readonly lower: RangeBound | null;
  readonly upper: RangeBound | null;
}

const HELP = "See https://docs.convex.dev/using/indexes for more info.";

/** `indexName` is `table.index`; `fields` are the index's, `_creationTime` included. */
export function compileRange(
  indexName: string,
  fields: readonly string[],
  range: readonly RangeBound[],
): { start: IndexKey; end: IndexKey } {
  const keyFields = [...fields, "_id"];
  const bounds = sortBounds(indexName, range);
  const order = orderOfUse(bounds);
  for (const field of order) checkIndexed(indexName, keyFields, field);
  checkOrder(indexName, keyFields, bounds, order);
  const equal = keyFields
    .slice(0, bounds.equal.size)
    .map((field) => boundValue(bounds.equal.get(field)));
  const prefix = encodeKey(equal);
  return { start: lowerEnd(prefix, bounds.lower), end: upperEnd(prefix, bounds.upper) };
}

/** A value in a range or filter, where undefined stands for a missing field. */
export function decodeBound(value: JSONValue): Value | undefined {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  if (isObject && Object.hasOwn(value, "$undefined")) return undefined;
  return jsonToConvex(value);
}

function lowerEnd(prefix: IndexKey, bound: RangeBound | null): IndexKey {
  if (bound === null) return prefix;
  const key = prefix + encodeKey([boundValue(bound)]);
  return bound.type === "Gt" ? prefixEnd(key) : key;
}

function upperEnd(prefix: IndexKey, bound: RangeBound | null): IndexKey {
  if (bound === null) return prefixEnd(prefix);
  const key = prefix + encodeKey([boundValue(bound)]);
  return bound.type === "Lte" ? prefixEnd(key) : key;
}

function boundValue(bound: RangeBound | undefined): Value | undefined {
  return bound === undefined ? undefined : decodeBound(bound.value);
}

function sortBounds(indexName: string, range: readonly RangeBound[]): Bounds {
  const equal = new Map<string, RangeBound>();
  let lower: RangeBound | null = null;
  let upper: RangeBound | null = null;
  for (const bound of range) {
    if (bound.type === "Eq") {
      if (equal.has(bound.fieldPath)) throw alreadyDefined("equality", bound);
      equal.set(bound.fieldPath, bound);
    } else if (bound.type === "Gt" || bound.type === "Gte") {
      if (lower !== null) throw alreadyDefined("lower", bound);
      lower = bound;
    } else {
      if (upper !== null) throw alreadyDefined("upper", bound);
      upper = bound;
    }
  }
  if (lower !== null && upper !== null && lower.fieldPath !== upper.fieldPath) {
    throw invalid(
      `Upper and lower bounds in \`range\` can only be applied to a single index field. This query against index ${indexName} attempted to set a range bound on both "${lower.fieldPath}" and "${upper.fieldPath}". Consider using \`filter\` instead. ${HELP}`,
    );
  }
  return { equal, lower, upper };
}

function orderOfUse({ equal, lower, upper }: Bounds): string[] {
  const bounded = lower?.fieldPath ?? upper?.fieldPath;
  return bounded === undefined ? [...equal.keys()] : [...equal.keys(), bounded];
}

function checkIndexed(indexName: string, fields: readonly string[], field: string): void {
  if (fields.includes(field)) return;
  throw invalid(
    `The index range included a comparison with "${field}", but ${indexName} with fields ${list(fields.slice(0, -1))} doesn't index this field. For more information see https://docs.convex.dev/using/indexes.`,
  );
}

function checkOrder(
  indexName: string,
  fields: readonly string[],
  bounds: Bounds,
  order: readonly string[],
): void {
  const prefix = fields.slice(0, bounds.equal.size);
  const missing = prefix.find((field) => !bounds.equal.has(field));
  const bounded = bounds.lower?.fieldPath ?? bounds.upper?.fieldPath;
  const next = fields[bounds.equal.size];
  if (missing === undefined && (bounded === undefined || bounded === next)) return;
  const stranger = order.find((field, i) => field !== fields[i]) ?? missing ?? "";
  throw invalid(
    `Tried to query index ${indexName} but the query didn't use the index fields in order.\nIndex fields: ${list(fields.slice(0, -1))}\nQuery fields: ${list(order)}\nFirst incorrect field: "${stranger}"\nFor more information see https://docs.convex.dev/using/indexes.`,
  );
}

function alreadyDefined(which: string, bound: RangeBound): DeveloperError {
  return invalid(
    `Already defined ${which} bound in index range. Can't add ${bound.type} bound on "${bound.fieldPath}".`,
  );
}

function list(fields: readonly string[]): string {
  return `[${fields.map((field) => `"${field}"`).join(", ")}]`;
}

function invalid(message: string): DeveloperError {
  return new DeveloperError(message, "InvalidIndexRange");
}
