"use node";
/**
 * Slow hashes of passwords, by Node's own scrypt: the action's thread waits, and no other does. All internal.
 *
 * The text is `scrypt:N:r:p:salt:key`, so that the cost can grow: an old hash says how it was made.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { v } from "convex/values";
import { internalAction } from "./_generated/server.js";
import { PASSWORD_COST } from "./model/people/passwordCost.ts";

const SALT_BYTES = 16;
const KEY_BYTES = 32;

type Cost = typeof PASSWORD_COST;

/** A hash to store. */
export const hash = internalAction({
  args: { password: v.string() },
  returns: v.string(),
  handler: async (_ctx, { password }) => await hashPassword(password),
});

/** Whether it is the password. Without a hash it takes as long, so that nobody learns which accounts exist. */
export const verify = internalAction({
  args: { password: v.string(), hash: v.union(v.string(), v.null()) },
  returns: v.boolean(),
  handler: async (_ctx, { password, hash: stored }) => {
    const [scheme, N, r, p, salt, expected] = (stored ?? "").split(":");
    if (scheme !== "scrypt" || salt === undefined || expected === undefined) {
      await hashPassword(password);
      return false;
    }
    const cost = { N: Number(N), r: Number(r), p: Number(p) };
    const key = await derive(password, Buffer.from(salt, "hex"), cost);
    const known = Buffer.from(expected, "hex");
    return key.length === known.length && timingSafeEqual(key, known);
  },
});

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const { N, r, p } = PASSWORD_COST;
  const key = await derive(password, salt, PASSWORD_COST);
  return `scrypt:${N}:${r}:${p}:${salt.toString("hex")}:${key.toString("hex")}`;
}

async function derive(password: string, salt: Uint8Array, { N, r, p }: Cost): Promise<Buffer> {
  const maxmem = 256 * N * r + 2 ** 20; // twice what it takes
  return await new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, { N, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
