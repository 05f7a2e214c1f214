/** Int64 in the wire encoding: eight little-endian bytes in base64 under `$integer`. */
import type { JSONValue } from "convex/values";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Throws RangeError beyond 64 bits. */
export function encodeInteger(value: bigint): JSONValue {
  if (value < MIN || value > MAX) throw new RangeError(`${value} does not fit into 64 bits`);
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return { $integer: bytes.toString("base64") };
}
