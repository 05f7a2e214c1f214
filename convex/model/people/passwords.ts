/**
 * Slow hashes of passwords. Only in actions: they need secure randomness, and 100 ms of a thread that
 * delivers nothing.
 *
 * The text is `scrypt:N:r:p:salt:key`, so that the cost can grow: an old hash says how it was made.
 */
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { PASSWORD_COST } from "./passwordCost.ts";

const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** A hash to store. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const { N, r, p } = PASSWORD_COST;
  const key = await scryptAsync(password.normalize("NFKC"), salt, { N, r, p, dkLen: KEY_BYTES });
  return `scrypt:${N}:${r}:${p}:${bytesToHex(salt)}:${bytesToHex(key)}`;
}

/** Whether it is the password. Without a hash it takes as long, so that nobody learns which accounts exist. */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const [scheme, N, r, p, salt, expected] = (hash ?? "").split(":");
  if (scheme !== "scrypt" || salt === undefined || expected === undefined) {
    await hashPassword(password);
    return false;
  }
  const cost = { N: Number(N), r: Number(r), p: Number(p), dkLen: expected.length / 2 };
  const key = await scryptAsync(password.normalize("NFKC"), hexToBytes(salt), cost);
  return areEqual(key, hexToBytes(expected));
}

/** In a time that does not depend on where they differ. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}
