/** Full-text and vector indexes as a schema defines them: parsed, and refused when illegal. */
import type { JSONValue } from "convex/values";
import type { TextIndexSpec, VectorIndexSpec } from "../rooms.ts";
import { asList, asObject, checkField, checkIndexName, invalid } from "./schema-json.ts";

const MAX_FILTER_FIELDS = 16;
const MIN_DIMENSIONS = 2;
const MAX_DIMENSIONS = 4096;

/** What tells one search index from another, without its id. */
export type SearchShape = Omit<TextIndexSpec, "id"> | Omit<VectorIndexSpec, "id">;

export interface SearchDefinition {
  readonly name: string;
  readonly staged: boolean;
  readonly shape: SearchShape;
}

export function parseSearches(
  table: string,
  json: { readonly [key: string]: JSONValue },
): SearchDefinition[] {
  const parse = (list: JSONValue | undefined, shapeOf: typeof textShape, staged: boolean) =>
    asList(list ?? []).map((entry): SearchDefinition => {
      const definition = asObject(entry);
      const name = String(definition.indexDescriptor);
      const full = `${table}.${name}`;
      checkIndexName(full, name);
      return { name, staged, shape: shapeOf(full, definition) };
    });
  const searches = [
    ...parse(json.searchIndexes, textShape, false),
    ...parse(json.stagedSearchIndexes, textShape, true),
    ...parse(json.vectorIndexes, vectorShape, false),
    ...parse(json.stagedVectorIndexes, vectorShape, true),
  ];
  checkDifferent(table, searches);
  return searches;
}

function textShape(full: string, json: { readonly [key: string]: JSONValue }): SearchShape {
  const searchField = String(json.searchField);
  checkField(full, searchField);
  return { kind: "search", searchField, filterFields: filterFieldsOf(full, json) };
}

function vectorShape(full: string, json: { readonly [key: string]: JSONValue }): SearchShape {
  const vectorField = String(json.vectorField);
  checkField(full, vectorField);
  const dimensions = Number(json.dimensions);
  const legal =
    Number.isInteger(dimensions) && dimensions >= MIN_DIMENSIONS && dimensions <= MAX_DIMENSIONS;
  if (!legal) {
    throw invalid(
      `Dimensions ${dimensions} must be between ${MIN_DIMENSIONS} and ${MAX_DIMENSIONS}.`,
    );
  }
  return { kind: "vector", vectorField, dimensions, filterFields: filterFieldsOf(full, json) };
}

/** Sorted: their order says nothing. */
function filterFieldsOf(full: string, json: { readonly [key: string]: JSONValue }): string[] {
  const fields = [...new Set(asList(json.filterFields ?? []).map(String))].sort();
  if (fields.length > MAX_FILTER_FIELDS) {
    throw invalid(`Search indexes may have up to ${MAX_FILTER_FIELDS} filter fields.`);
  }
  for (const field of fields) checkField(full, field);
  return fields;
}

/** Two of a kind over the same field would answer the same. */
function checkDifferent(table: string, searches: readonly SearchDefinition[]): void {
  const names = new Map<string, string>();
  for (const { name, shape } of searches) {
    const { kind } = shape;
    const what =
      kind === "search"
        ? [kind, shape.searchField, shape.filterFields]
        : [kind, shape.vectorField, shape.dimensions];
    const other = names.get(JSON.stringify(what));
    if (other !== undefined) {
      const field = kind === "search" ? "searchField" : "vectorField";
      throw invalid(
        `In table "${table}" ${kind} index "${other}" and ${kind} index "${name}" have the same \`${field}\`.`,
      );
    }
    names.set(JSON.stringify(what), name);
  }
}
