import { expect, test } from "vitest";
import { NORMS, normOf, TermWeight } from "./bm25.ts";

test("[SEARCH4] lengths up to 40 have norms of their own, longer ones share them", () => {
  const norms = Array.from({ length: 41 }, (_, length) => normOf(length));
  expect(norms).toEqual(Array.from({ length: 41 }, (_, length) => length));
  expect(normOf(41)).toBe(normOf(40));
  expect(normOf(42)).toBe(41);
  expect(normOf(2 ** 31)).toBeLessThan(NORMS);
  expect(normOf(1e6)).toBeGreaterThan(normOf(1e5));
});

test("[SEARCH4] a term scores as BM25 with k1 = 1.2 and b = 0.75 says", () => {
  const weight = new TermWeight({ documents: 10, tokens: 50 }, 3, 1);
  const rarity = Math.log(1 + (10 - 3 + 0.5) / (3 + 0.5));
  expect(weight.score(2, normOf(8))).toBeCloseTo(
    (rarity * 2 * 2.2) / (2 + 1.2 * (0.25 + (0.75 * 8) / 5)),
    12,
  );
  expect(new TermWeight({ documents: 10, tokens: 50 }, 3, 0.5).score(2, 8)).toBeCloseTo(
    weight.score(2, 8) / 2,
    12,
  );
});

test("[SEARCH4] a term that every document has still counts", () => {
  expect(new TermWeight({ documents: 3, tokens: 9 }, 3, 1).score(1, 3)).toBeGreaterThan(0);
});
