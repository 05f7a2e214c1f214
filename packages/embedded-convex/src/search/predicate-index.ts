/**
 * Which searches does a document version belong to? Found by the version's terms, so that
 * the answer does not depend on how many searches there are.
 */
import type { SearchedText, SearchPredicate } from "../rooms.ts";
import { passesFilters } from "./predicates.ts";

type Waiting<T> = Map<SearchPredicate, Set<T>>;

export class PredicateIndex<T> {
  readonly #byTerm = new Map<string, Waiting<T>>();
  readonly #byPrefix = new Map<string, Waiting<T>>();

  get isEmpty(): boolean {
    return this.#byTerm.size === 0 && this.#byPrefix.size === 0;
  }

  add(predicate: SearchPredicate, item: T): void {
    for (const term of predicate.terms) addTo(this.#byTerm, term, predicate, item);
    if (predicate.prefix !== null) addTo(this.#byPrefix, predicate.prefix, predicate, item);
  }

  remove(predicate: SearchPredicate, item: T): void {
    for (const term of predicate.terms) removeFrom(this.#byTerm, term, predicate, item);
    if (predicate.prefix !== null) removeFrom(this.#byPrefix, predicate.prefix, predicate, item);
  }

  /** Calls `visit` for every item of every predicate that the version satisfies; perhaps repeatedly. */
  match(text: SearchedText, visit: (item: T) => void): void {
    for (const term of text.terms.keys()) {
      visitPassing(this.#byTerm.get(term), text, visit);
      if (this.#byPrefix.size === 0) continue;
      for (let end = 1; end <= term.length; end++) {
        visitPassing(this.#byPrefix.get(term.slice(0, end)), text, visit);
      }
    }
  }
}

function visitPassing<T>(
  waiting: Waiting<T> | undefined,
  text: SearchedText,
  visit: (item: T) => void,
): void {
  if (waiting === undefined) return;
  for (const [predicate, items] of waiting) {
    if (passesFilters(text, predicate)) for (const item of items) visit(item);
  }
}

function addTo<T>(
  map: Map<string, Waiting<T>>,
  term: string,
  predicate: SearchPredicate,
  item: T,
): void {
  const waiting = map.get(term) ?? new Map<SearchPredicate, Set<T>>();
  map.set(term, waiting);
  const items = waiting.get(predicate) ?? new Set<T>();
  waiting.set(predicate, items.add(item));
}

function removeFrom<T>(
  map: Map<string, Waiting<T>>,
  term: string,
  predicate: SearchPredicate,
  item: T,
): void {
  const waiting = map.get(term);
  const items = waiting?.get(predicate);
  if (items?.delete(item) === true && items.size === 0) waiting?.delete(predicate);
  if (waiting?.size === 0) map.delete(term);
}
