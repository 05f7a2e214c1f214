import { expect, test } from "vitest";
import { readNext } from "./next-path.ts";

const origin = "https://site.test";
const next = (address: string) =>
  readNext({ origin, search: `?next=${encodeURIComponent(address)}` });

test("a page of this site is gone on with, with what its address says", () => {
  expect(next("/checkout/return?checkout=c1")).toBe("/checkout/return?checkout=c1");
  expect(next("/pricing")).toBe("/pricing");
  expect(readNext({ origin, search: "" })).toBeNull();
});

test.each([
  "https://evil.test/pricing",
  "//evil.test/pricing",
  "/\\evil.test/pricing",
  "javascript:alert(1)",
  "data:text/html,x",
  "http://site.test/pricing",
  "/no-page",
  "https://",
])("%s leads nowhere", (address) => {
  expect(next(address)).toBeNull();
});
