/**
 * Secure random bytes out of a pool: every execution draws a seed, every document an id, and
 * asking the platform costs 10 to 20 us whatever the length. No byte is given out twice.
 */
import { randomBytes } from "node:crypto";

const POOL_BYTES = 4096;

/** Gives bytes of its own to every caller. */
export function createRandomPool(fill = randomBytes): (bytes: number) => Uint8Array {
  let pool = fill(POOL_BYTES);
  let used = 0;
  return (bytes) => {
    if (bytes > POOL_BYTES) return fill(bytes);
    if (used + bytes > POOL_BYTES) {
      pool = fill(POOL_BYTES);
      used = 0;
    }
    used += bytes;
    return Uint8Array.prototype.slice.call(pool, used - bytes, used);
  };
}
