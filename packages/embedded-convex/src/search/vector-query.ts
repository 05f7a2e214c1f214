/**
 * A vector query of an action (contract 4.9): read, and checked against its index in the
 * official words.
 *
 * [VECTOR1] At most 256 results, 10 unless asked otherwise; the vector has the index's length.
 * [VECTOR2] Filters are equalities on `filterFields`, joined by `or`, at most 64; any may hold.
 */
import type { JSONValue } from "convex/values";
import { DeveloperError } from "../errors.ts";
import type { VectorIndexSpec } from "../rooms.ts";
import { keyOfEncoded } from "./text-query.ts";
import { scaleToUnit } from "./vectors.ts";

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 256;
const MAX_CONDITIONS = 64;

/** The argument of `1.0/actions/vectorSearch`, not yet checked against an index. */
interface VectorRequest {
  /** `table.index`. */
  readonly indexName: string;
  readonly vector: readonly number[];
  readonly limit: number;
  readonly equalities: readonly { readonly field: string; readonly key: string }[];
}

export interface VectorQuery {
  readonly spec: VectorIndexSpec;
  /** Of length one. */
  readonly vector: Float32Array;
  readonly limit: number;
  /** Any may hold; without one every document passes. */
  readonly filters: readonly { readonly position: number; readonly key: string }[];
}

/** Throws a DeveloperError. */
export function parseVectorRequest(json: JSONValue | undefined): VectorRequest {
  const { indexName, vector, limit, expressions } = asObject(json);
  if (typeof indexName !== "string") throw malformed("indexName");
  if (!Array.isArray(vector)) throw malformed("vector");
  const numbers = vector.map((element) => {
    if (typeof element !== "number") throw malformed("vector");
    return element;
  });
  if (limit !== undefined && limit !== null && !isCount(limit)) throw malformed("limit");
  const equalities =
    expressions === undefined || expressions === null ? [] : equalitiesIn(expressions);
  return { indexName, vector: numbers, limit: isCount(limit) ? limit : DEFAULT_LIMIT, equalities };
}

/** Throws a DeveloperError when the query does not fit the index. */
export function compileVectorQuery(request: VectorRequest, spec: VectorIndexSpec): VectorQuery {
  const { indexName, vector, limit, equalities } = request;
  if (limit > MAX_LIMIT) {
    throw new DeveloperError(
      `Vector queries can fetch at most ${MAX_LIMIT} results, requested ${limit}.`,
      "VectorLimitTooLargeError",
    );
  }
  const filters = equalities.map(({ field, key }) => ({
    position: positionOf(field, spec, indexName),
    key,
  }));
  const different = new Set(filters.map(({ position, key }) => `${position} ${key}`)).size;
  if (different > MAX_CONDITIONS) {
    throw new DeveloperError(
      `Vector query against ${indexName} has too many conditions. Max: ${MAX_CONDITIONS} Actual: ${different}`,
      "TooManyElementsInVectorQueryError",
    );
  }
  if (vector.length !== spec.dimensions) {
    throw new DeveloperError(
      `Expected a vector with dimensions ${spec.dimensions}, received ${vector.length}.`,
      "VectorDimensionMismatch",
    );
  }
  return { spec, vector: scaleToUnit(Float32Array.from(vector)), limit, filters };
}

function positionOf(field: string, { filterFields }: VectorIndexSpec, indexName: string): number {
  const position = filterFields.indexOf(field);
  if (position >= 0) return position;
  throw new DeveloperError(
    `Vector query against ${indexName} contains a filter on "${field}" but that field isn't indexed for filtering in \`filterFields\`.`,
    "IncorrectFilterFieldError",
  );
}

function equalitiesIn(expression: JSONValue): VectorRequest["equalities"] {
  const { $eq: eq, $or: or } = asObject(expression);
  if (Array.isArray(or)) return or.flatMap(equalitiesIn);
  if (Array.isArray(eq)) return [equalityOf(eq)];
  throw new DeveloperError(
    "Filters should be a combination of `q.eq` and `q.or`.",
    "InvalidVectorSearchFilter",
  );
}

function equalityOf([left, right]: readonly JSONValue[]): VectorRequest["equalities"][number] {
  const { $field: field } = asObject(left);
  const { $literal: value } = asObject(right);
  if (typeof field === "string" && value !== undefined) return { field, key: keyOfEncoded(value) };
  throw new DeveloperError(
    "`q.eq` must take a field path as its first argument and a value as its second",
    "InvalidVectorSearchFilter",
  );
}

function isCount(value: JSONValue | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function asObject(json: JSONValue | undefined): { readonly [field: string]: JSONValue } {
  if (json === null || typeof json !== "object" || Array.isArray(json)) return {};
  return json;
}

function malformed(what: string): DeveloperError {
  return new DeveloperError(`Invalid arguments for \`vectorSearch\`: ${what}`, "InvalidArgument");
}
