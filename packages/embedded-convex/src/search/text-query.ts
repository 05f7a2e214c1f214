/**
 * A full-text query: read from the `Query` JSON of user code (contract 3.6), checked
 * against its index in the official words, and compiled to what the index is asked for.
 *
 * [SEARCH2] Exactly one search filter on the index's `searchField`, any equalities on its
 *           `filterFields`, at most eight.
 * [SEARCH3] The first 16 terms count; each may occur, the last one also as a prefix.
 */
import { type JSONValue, jsonToConvex } from "convex/values";
import { DeveloperError } from "../errors.ts";
import type { SearchPredicate, TextIndexSpec } from "../rooms.ts";
import { filterKey } from "./filter-key.ts";
import { tokenize } from "./tokens.ts";

const MAX_TERMS = 16;
const MAX_FILTERS = 8;

export type TextFilter =
  | { readonly type: "Search"; readonly fieldPath: string; readonly value: string }
  | { readonly type: "Eq"; readonly fieldPath: string; readonly value: JSONValue };

/** Throws a DeveloperError for what the developer did wrong. `name` is `table.index`. */
export function compileTextQuery(
  name: string,
  spec: TextIndexSpec,
  filters: readonly TextFilter[],
): SearchPredicate {
  const text = searchedText(name, spec, filters);
  const equalities = filters
    .filter((filter) => filter.type === "Eq")
    .map((filter) => compileEquality(name, spec, filter));
  if (equalities.length > MAX_FILTERS) {
    throw new DeveloperError(
      `Search query against ${name} has too many filter conditions. Max: ${MAX_FILTERS} Actual: ${equalities.length}`,
      "TooManyFilterConditionsInSearchQueryError",
    );
  }
  const terms = tokenize(text).slice(0, MAX_TERMS);
  const prefix = terms.at(-1) ?? null;
  return { indexId: spec.id, terms: [...new Set(terms)], prefix, filters: equalities };
}

function searchedText(name: string, spec: TextIndexSpec, filters: readonly TextFilter[]): string {
  let text: string | null = null;
  for (const filter of filters) {
    if (filter.type !== "Search") continue;
    if (filter.fieldPath !== spec.searchField) {
      throw new DeveloperError(
        `Search query against ${name} contains a search filter against "${filter.fieldPath}", which doesn't match the indexed \`searchField\` "${spec.searchField}".`,
        "IncorrectSearchField",
      );
    }
    if (text !== null) {
      throw new DeveloperError(
        `Search query against ${name} contains multiple search filters against "${filter.fieldPath}". Only one is allowed.`,
        "DuplicateSearchFiltersError",
      );
    }
    text = filter.value;
  }
  if (text !== null) return text;
  throw new DeveloperError(
    `Search query against ${name} does not contain any search filters. You must include a search filter like \`q.search(""${spec.searchField}"", searchText)\`.`,
    "MissingSearchFilterError",
  );
}

function compileEquality(
  name: string,
  spec: TextIndexSpec,
  { fieldPath, value }: TextFilter & { type: "Eq" },
): SearchPredicate["filters"][number] {
  const position = spec.filterFields.indexOf(fieldPath);
  if (position < 0) {
    throw new DeveloperError(
      `Search query against ${name} contains an equality filter on "${fieldPath}" but that field isn't indexed for filtering in \`filterFields\`.`,
      "IncorrectFilterFieldError",
    );
  }
  return { position, key: keyOfEncoded(value) };
}

/** Of a value as user code encodes it; a missing field is `{"$undefined":null}`. */
export function keyOfEncoded(value: JSONValue): string {
  const missing =
    value !== null && typeof value === "object" && !Array.isArray(value) && "$undefined" in value;
  return filterKey(missing ? undefined : jsonToConvex(value));
}
