import fc from "fast-check";
import { expect, test } from "vitest";
import { readLinkReturn } from "./link-return.ts";

test("[DLR1] pages on the list are gone on with, an order with its id", () => {
  for (const page of ["/", "/account", "/pricing", "/checkout/return?checkout=k57abc"]) {
    expect(readLinkReturn(page)).toBe(page);
  }
});

test("[DLR1] nothing else is, and nothing leads to another site", () => {
  const origin = "https://site.test";
  const parts = fc.constantFrom(
    "/",
    "\\",
    "//",
    "account",
    "evil.test",
    "?",
    "#",
    "@",
    "%2f",
    "\n",
  );
  const crafted = fc.array(parts, { maxLength: 6 }).map((some) => some.join(""));
  fc.assert(
    fc.property(fc.oneof(fc.string(), crafted), (asked) => {
      const page = readLinkReturn(asked);
      if (page !== null) expect(new URL(page, origin).origin).toBe(origin);
      if (page !== null) expect(["/", "/account", "/pricing"]).toContain(page);
    }),
  );
  for (const bad of ["//evil.test", "/account/../..//evil.test", "/account\n", "/no-page", ""]) {
    expect(readLinkReturn(bad)).toBeNull();
  }
});
