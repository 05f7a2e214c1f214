/**
 * Does a document version belong to what a search depends on?
 *
 * [SEARCH7] Exactly when it satisfies every filter and holds a term of the query, the last
 *           one also as a prefix.
 */
import type { SearchedText, SearchPredicate } from "../rooms.ts";

export function satisfies(text: SearchedText, predicate: SearchPredicate): boolean {
  return passesFilters(text, predicate) && holdsTerm(text, predicate);
}

export function passesFilters({ filters }: SearchedText, predicate: SearchPredicate): boolean {
  return predicate.filters.every(({ position, key }) => filters[position] === key);
}

function holdsTerm({ terms }: SearchedText, { terms: wanted, prefix }: SearchPredicate): boolean {
  if (wanted.some((term) => terms.has(term))) return true;
  if (prefix === null) return false;
  for (const term of terms.keys()) if (term.startsWith(prefix)) return true;
  return false;
}
