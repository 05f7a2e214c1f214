import { expect, test } from "vitest";
import { parsePrice, priceInput, priceText, termText } from "./price-text.ts";

test.each([
  [2_900, "usd", "$29"],
  [2_950, "usd", "$29.50"],
  [0, "eur", "€0"],
  [2_900, "jpy", "¥2,900"],
  [1_234_500, "usd", "$12,345"],
  [100, "", "100 "],
])("%i of %j reads %j", (amount, currency, text) => {
  expect(priceText(amount, currency)).toBe(text);
});

test.each([
  ["29", "usd", 2_900],
  [" 29,50 ", "usd", 2_950],
  ["1 234.5", "eur", 123_450],
  ["2900", "jpy", 2_900],
  ["29.5", "jpy", null],
  ["29.999", "usd", null],
  ["-1", "usd", null],
  ["free", "usd", null],
  ["", "usd", null],
])("%j in %s is %j of the smallest unit", (text, currency, amount) => {
  expect(parsePrice(text, currency)).toBe(amount);
  if (amount !== null) expect(parsePrice(priceInput(amount, currency), currency)).toBe(amount);
});

test("what is paid for reads as a term", () => {
  expect(termText({ kind: "recurring", every: "year" })).toBe("per year");
  expect(termText({ kind: "fixed", days: 30 })).toBe("for 30 days");
  expect(termText({ kind: "fixed", days: 1 })).toBe("for one day");
});
