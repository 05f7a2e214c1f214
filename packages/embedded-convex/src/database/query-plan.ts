/**
 * Reads the `Query` JSON that user code builds (contract 3.6) into an index, an
 * interval and a list of operators.
 */
import type { JSONValue } from "convex/values";
import { DeveloperError } from "../errors.ts";
import type { TextFilter } from "../search/text-query.ts";
import type { RangeBound } from "./index-range.ts";

const MAX_OPERATORS = 256;
const BOUND_TYPES: readonly string[] = ["Eq", "Gt", "Gte", "Lt", "Lte"];

export type Operator =
  | { readonly kind: "filter"; readonly expression: JSONValue }
  | { readonly kind: "limit"; readonly count: number };

export interface QueryRequest {
  readonly table: string;
  readonly index: string;
  readonly range: readonly RangeBound[];
  readonly descending: boolean;
  readonly operators: readonly Operator[];
}

/** A full-text query. */
export interface SearchRequest {
  readonly table: string;
  readonly index: string;
  readonly filters: readonly TextFilter[];
  readonly operators: readonly Operator[];
}

/** Throws a DeveloperError when the JSON is not a query of an index. */
export function parseQuery(query: JSONValue): QueryRequest {
  const { source, operators } = asObject(query);
  return { ...parseSource(asObject(source)), operators: parseOperators(operators) };
}

/** A full-text query is answered by another thread, all others at once. */
export function isSearchQuery(query: JSONValue): boolean {
  return asObject(asObject(query).source).type === "Search";
}

/** Throws a DeveloperError when the JSON is not a full-text query. */
export function parseSearchQuery(query: JSONValue): SearchRequest {
  const { source, operators } = asObject(query);
  const { indexName, filters } = asObject(source);
  return {
    ...splitIndexName(asText(indexName)),
    filters: asArray(filters).map(parseTextFilter),
    operators: parseOperators(operators),
  };
}

function parseSource(source: { [key: string]: JSONValue }): Omit<QueryRequest, "operators"> {
  const descending = source.order === "desc";
  if (source.type === "FullTableScan") {
    return { table: asText(source.tableName), index: "by_creation_time", range: [], descending };
  }
  if (source.type !== "IndexRange") {
    throw malformed(`unsupported source ${JSON.stringify(source.type)}`);
  }
  const range = asArray(source.range).map(parseBound);
  return { ...splitIndexName(asText(source.indexName)), range, descending };
}

/** Of `table.index`. */
export function splitIndexName(name: string): { readonly table: string; readonly index: string } {
  const dot = name.indexOf(".");
  if (dot < 0) throw malformed(`index name ${name}`);
  return { table: name.slice(0, dot), index: name.slice(dot + 1) };
}

function parseTextFilter(filter: JSONValue): TextFilter {
  const { type, fieldPath, value } = asObject(filter);
  const path = asText(fieldPath);
  if (type === "Search") return { type, fieldPath: path, value: asText(value) };
  if (type === "Eq" && value !== undefined) return { type, fieldPath: path, value };
  throw malformed("search filter");
}

function parseBound(bound: JSONValue): RangeBound {
  const { type, fieldPath, value } = asObject(bound);
  const kind = BOUND_TYPES.find((one) => one === type) as RangeBound["type"] | undefined;
  if (kind === undefined || value === undefined) throw malformed("index range");
  return { type: kind, fieldPath: asText(fieldPath), value };
}

function parseOperators(operators: JSONValue | undefined): Operator[] {
  const list = asArray(operators);
  if (list.length > MAX_OPERATORS) {
    throw malformed(`too many operators (${list.length} > maximum ${MAX_OPERATORS})`);
  }
  return list.map(parseOperator);
}

function parseOperator(operator: JSONValue): Operator {
  const { filter, limit } = asObject(operator);
  if (filter !== undefined) return { kind: "filter", expression: filter };
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 0) {
    return { kind: "limit", count: limit };
  }
  throw malformed("operator");
}

function asObject(value: JSONValue | undefined): { [key: string]: JSONValue } {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw malformed("an object is missing");
  return value;
}

function asArray(value: JSONValue | undefined): JSONValue[] {
  if (!Array.isArray(value)) throw malformed("a list is missing");
  return value;
}

function asText(value: JSONValue | undefined): string {
  if (typeof value !== "string") throw malformed("a name is missing");
  return value;
}

function malformed(what: string): DeveloperError {
  return new DeveloperError(`Invalid query: ${what}`, "InvalidQuery");
}
