import { expect, test } from "vitest";
import { normalizeEmail } from "./email.ts";

test("[TRIAL1] an address has one spelling, and dots and plus signs stay", () => {
  expect(normalizeEmail("  Ada.L+x@Example.TEST ")).toBe("ada.l+x@example.test");
});

test("what is no address, or a list of them, is none", () => {
  const long = `${"a".repeat(250)}@b.test`;
  for (const text of ["", "ada", "a@b@c", "a b@c.test", "a@b.test,c@d.test", "<a@b.test>", long]) {
    expect(normalizeEmail(text)).toBeNull();
  }
});
