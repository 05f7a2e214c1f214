/**
 * One document version in one full-text index: its terms and its filter keys. Terms are
 * found when somebody asks, once: most commits have nobody who searches.
 */
import type { SearchedText, TextIndexSpec } from "../rooms.ts";
import { type DocumentFields, fieldJson, fieldValue } from "../values/document-fields.ts";
import { filterKey } from "./filter-key.ts";
import { tokenize } from "./tokens.ts";

export class TextEntry implements SearchedText {
  readonly #text: string | null;
  readonly #filterValues: () => readonly string[];
  #terms: Map<string, number> | null = null;
  #length = 0;
  #filters: readonly string[] | null = null;

  constructor(spec: Omit<TextIndexSpec, "id">, fields: DocumentFields) {
    const text = fieldJson(fields, spec.searchField);
    this.#text = typeof text === "string" ? text : null;
    this.#filterValues = () => spec.filterFields.map((path) => filterKey(fieldValue(fields, path)));
  }

  /** How often each term occurs. */
  get terms(): ReadonlyMap<string, number> {
    if (this.#terms === null) {
      const terms = new Map<string, number>();
      const tokens = this.#text === null ? [] : tokenize(this.#text);
      for (const term of tokens) terms.set(term, (terms.get(term) ?? 0) + 1);
      this.#length = tokens.length;
      this.#terms = terms;
    }
    return this.#terms;
  }

  /** Terms, repeats counted. */
  get length(): number {
    return this.terms.size === 0 ? 0 : this.#length;
  }

  /** In the order of the index's filter fields. */
  get filters(): readonly string[] {
    this.#filters ??= this.#filterValues();
    return this.#filters;
  }
}
