import { describe, expect, test } from "vitest";
import { searchCost, steps } from "./search-cost.ts";

const cost = (pattern: RegExp) => searchCost(pattern.source, pattern.unicodeSets);

describe("what a regular expression costs at worst", () => {
  test.each<[RegExp, number]>([
    [/abc/, 0],
    [/\s+/g, 0],
    [/[^a-z*+]x{3}\+\(\[/, 0],
    [/^\d{4}-\d{2}$/, 0],
    [/(a|b)*/, 1],
    [/\s+$/, 1],
    [/^[^@]+@[^@]+\.[^@]+$/, 3],
    [/(?<name>a+)b/, 1],
    [/(a)\1/, 1],
    [/(?<n>a)\k<n>/, 1],
    [/(?=a*b)c*?d/, 2],
    [/a{2,}b/, 1],
    [/\p{L}+\u{61}b/u, 1],
    [/[[a-z]--[b+]]+c/v, 1],
    [/(?:a+b){2}c/, 2],
    [/b|(?=a*)/g, 1],
    [/(?<!a+)/g, 1],
  ])("[FN25] %s has the length to the power %d", (pattern, power) => {
    expect(cost(pattern)).toMatchObject({ power, grows: false });
  });

  test.each([[/^(a+)+$/], [/(a|aa)*b/], [/(?:a?b?)+c/], [/((a*)b)*c/], [/(\w+\s?)*$/]])(
    "[FN25] %s doubles with each character",
    (pattern) => {
      expect(cost(pattern).grows).toBe(true);
      expect(steps(cost(pattern), 40)).toBe(Infinity);
    },
  );

  test("[FN25] a fixed number of rounds takes its time from every position", () => {
    expect(steps(cost(/a{1000}b/), 10)).toBeGreaterThanOrEqual(1000);
    expect(steps(cost(/(?:a{1000}){999}b/), 10)).toBeGreaterThanOrEqual(999_000);
    expect(steps(cost(/^\d{4}-\d{2}$/), 10)).toBe(4);
  });

  test.each([
    [/^a/, true],
    [/(?:^a|^b)c/, true],
    [/^a|b/, false],
    [/a|^b/, false],
    [/a^b/, false],
    [/(?:)^b/, false],
    [/(?<=a)^b/, false],
    [/\^a/, false],
    [/[^a]/, false],
  ])("[FN25] whether %s matches at the first start only: %s", (pattern, anchored) => {
    expect(cost(pattern).anchored).toBe(anchored);
  });

  test("[FN25] ways multiply in a row and add up side by side", () => {
    expect(cost(/a?b?c?d/).ways).toBe(8);
    expect(cost(/(?:a?|b?)d/).ways).toBe(4);
    expect(cost(/(?:a?){30}b/).ways).toBeGreaterThan(1e9);
    expect(cost(/a{1,}?b{2,5}c{x/).ways).toBe(4);
  });
});
