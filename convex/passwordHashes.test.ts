import { expect, test } from "vitest";
import { internal } from "./_generated/api.js";
import { startBackend } from "./test.setup.ts";

test("[SIGN5] a hash is slow, salted and says its cost; only the password fits it", async () => {
  const t = startBackend();
  const password = "oak lamp river nine";
  const hash = await t.action(internal.passwordHashes.hash, { password });
  expect(hash).toMatch(/^scrypt:16384:16:1:\w{32}:\w{64}$/);
  expect(await t.action(internal.passwordHashes.hash, { password })).not.toBe(hash);
  const fits = async (password: string, hash: string | null) =>
    await t.action(internal.passwordHashes.verify, { password, hash });
  expect(await fits(password, hash)).toBe(true);
  expect(await fits("oak lamp river nin", hash)).toBe(false);
  expect(await fits(password, null)).toBe(false);
}, 20_000);
