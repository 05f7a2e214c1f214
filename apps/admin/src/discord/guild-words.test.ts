import { expect, test } from "vitest";
import { effectOfSaving } from "./guild-words.ts";

const basic = { minTier: "basic", joinAtPurchase: true } as const;

test("a server that people are added to says who is added, and only a change of that asks", () => {
  expect(effectOfSaving(null, basic)).toMatch(/^Customers of Basic and above .* are added now/);
  expect(effectOfSaving(null, basic)).not.toContain("removed");
  expect(effectOfSaving(basic, basic)).toBeNull();
  expect(effectOfSaving(basic, { ...basic, minTier: "pro" })).toMatch(
    /^Customers of Pro .*Nobody is removed/,
  );
  expect(effectOfSaving(basic, { ...basic, joinAtPurchase: false })).toContain("nobody is added");
});
