import { expect, test } from "vitest";
import { compareTerms, tokenize } from "./tokens.ts";

test.each([
  ["Hello, WORLD-wide 3.14", ["hello", "world", "wide", "3", "14"]],
  ["naïve Ünïcode", ["naïve", "ünïcode"]],
  ["Привет мир", ["привет", "мир"]],
  ["中文字 テスト", ["中文字", "テスト"]],
  ["ΟΔΟΣ", ["οδοσ"]], // no final sigma
  ["a_b don't", ["a", "b", "don", "t"]],
  ["½ Ⅷ ٣", ["½", "ⅷ", "٣"]],
  ["🙂 \ud800 x\u0000y", ["x", "y"]],
  ["", []],
])("[SEARCH1] %j is cut into %j", (text, terms) => {
  expect(tokenize(text)).toEqual(terms);
});

test("[SEARCH1] a run of 32 bytes or more is no term, in whatever script", () => {
  expect(tokenize(`${"a".repeat(31)} ${"b".repeat(32)}`)).toEqual(["a".repeat(31)]);
  expect(tokenize(`${"é".repeat(15)} ${"é".repeat(16)}`)).toEqual(["é".repeat(15)]);
});

test("[SEARCH1] terms are ordered by their bytes, not by their UTF-16 units", () => {
  const terms = ["z", "ﬀ", "𝐀", "a", "é"];
  const byBytes = terms.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(terms.toSorted(compareTerms)).toEqual(byBytes);
  expect("ﬀ" < "𝐀").toBe(false); // what `<` alone would say
});
