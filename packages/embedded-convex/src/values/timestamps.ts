/** Timestamps (ns since the epoch) on the wire: base64 of 8 little-endian bytes. */
import type { Timestamp } from "../rooms.ts";

export function tsToBase64(ts: Timestamp): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ts);
  return bytes.toString("base64");
}

/** Throws RangeError when the text is not exactly 8 bytes of base64. */
export function tsFromBase64(text: string): Timestamp {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length !== 8 || bytes.toString("base64") !== text) {
    throw new RangeError(`Malformed timestamp ${JSON.stringify(text)}`);
  }
  return bytes.readBigUInt64LE();
}
