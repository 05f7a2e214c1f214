import { expect, test } from "vitest";
import { priceText, termText } from "./price-text.ts";

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

test("what is paid for reads as a term", () => {
  expect(termText({ kind: "recurring", every: "year" })).toBe("per year");
  expect(termText({ kind: "fixed", days: 30 })).toBe("for 30 days");
  expect(termText({ kind: "fixed", days: 1 })).toBe("for one day");
});
