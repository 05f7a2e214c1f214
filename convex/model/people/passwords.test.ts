import { expect, test } from "vitest";
import { hashPassword, verifyPassword } from "./passwords.ts";

test("a hash is slow, salted and says its cost; only the password fits it", async () => {
  const hash = await hashPassword("oak lamp river nine");
  expect(hash).toMatch(/^scrypt:16384:16:1:\w{32}:\w{64}$/);
  expect(await hashPassword("oak lamp river nine")).not.toBe(hash);
  expect(await verifyPassword("oak lamp river nine", hash)).toBe(true);
  expect(await verifyPassword("oak lamp river nin", hash)).toBe(false);
  expect(await verifyPassword("oak lamp river nine", null)).toBe(false);
}, 20_000);
