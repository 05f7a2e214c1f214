/** The system's randomness, asked for in larger portions: each time costs microseconds. */
import { randomBytes } from "node:crypto";

const PORTION = 4096;

/** Bytes fit for secrets, each handed out once. */
export function systemRandom(): (bytes: number) => Uint8Array {
  let portion = Buffer.alloc(0);
  return (bytes) => {
    if (bytes > PORTION) return randomBytes(bytes);
    if (bytes > portion.length) portion = randomBytes(PORTION);
    const taken = portion.subarray(0, bytes);
    portion = portion.subarray(bytes);
    return taken;
  };
}
