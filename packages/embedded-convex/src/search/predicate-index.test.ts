import fc from "fast-check";
import { expect, test } from "vitest";
import type { SearchedText, SearchPredicate } from "../rooms.ts";
import { PredicateIndex } from "./predicate-index.ts";
import { satisfies } from "./predicates.ts";

const term = fc.constantFrom("a", "ab", "abc", "b", "bc", "c");
const key = fc.constantFrom("k", "l");
const predicate: fc.Arbitrary<SearchPredicate> = fc.record({
  indexId: fc.constant(1),
  terms: fc.uniqueArray(term, { maxLength: 3 }),
  prefix: fc.option(term, { nil: null }),
  filters: fc.array(fc.record({ position: fc.nat(1), key }), { maxLength: 2 }),
});
const text: fc.Arbitrary<SearchedText> = fc.record({
  terms: fc
    .uniqueArray(term, { maxLength: 4 })
    .map((terms) => new Map(terms.map((one) => [one, 1]))),
  filters: fc.tuple(key, key),
});

/** By the definition alone. */
function belongs({ terms, filters }: SearchedText, wanted: SearchPredicate): boolean {
  const held = [...terms.keys()].some(
    (one) =>
      wanted.terms.includes(one) || (wanted.prefix !== null && one.startsWith(wanted.prefix)),
  );
  return held && wanted.filters.every(({ position, key: one }) => filters[position] === one);
}

test("[SEARCH7] exactly the searches a version belongs to are found, after any removals", () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(predicate, { maxLength: 20 }), text, (predicates, version) => {
      const index = new PredicateIndex<number>();
      for (const [i, one] of predicates.entries()) index.add(one, i);
      for (const [i, one] of predicates.entries()) if (i % 3 === 0) index.remove(one, i);
      const items = new Set<number>();
      index.match(version, (item) => items.add(item));
      const expected = predicates.flatMap((one, i) =>
        i % 3 !== 0 && belongs(version, one) ? [i] : [],
      );
      expect([...items].sort((a, b) => a - b)).toEqual(expected);
      found += expected.length;
      for (const one of predicates) expect(satisfies(version, one)).toBe(belongs(version, one));
      for (const [i, one] of predicates.entries()) index.remove(one, i);
      expect(index.isEmpty).toBe(true);
    }),
    { numRuns: 500 },
  );
  expect(found).toBeGreaterThan(100);
});
