/**
 * Order-preserving, self-delimiting encoding of values into index keys.
 *
 *   key(a) < key(b)  <=>  compareValues(a, b) < 0     (`<` on binary strings is byte order)
 *
 * A key is a string with one char per byte. Tags leave gaps so that every type
 * sorts where the contract puts it; in payloads 0x00 is escaped as 0x00 0xff and
 * a bare 0x00 ends the payload, so a prefix sorts before what it is a prefix of.
 */
import { CommitTsPlaceholder, type Value } from "convex/values";
import type { IndexKey } from "../rooms.ts";

const TAG = {
  undefined: "\x01",
  null: "\x03",
  zero: 0x08,
  float64: "\x0d",
  false: "\x0e",
  true: "\x0f",
  string: "\x10",
  bytes: "\x11",
  array: "\x12",
  object: "\x15",
} as const;
const END = "\x00";
const ESCAPED_ZERO = "\x00\xff";
const MAX_INT64 = 2n ** 63n - 1n;

/** No encoded value starts with this byte: an exclusive end behind every key. */
export const END_OF_INDEX: IndexKey = "\xff";

/** Concatenates the encodings; undefined stands for a missing field and sorts first. */
export function encodeKey(values: readonly (Value | undefined)[]): IndexKey {
  let key = "";
  for (const value of values) key += encodeOne(value);
  return key;
}

/** The smallest key greater than `key`. */
export function keySuccessor(key: IndexKey): IndexKey {
  return `${key}\x00`;
}

/**
 * The end (exclusive) of the keys whose first values are exactly those of `key`. Not
 * every longer key that starts with these bytes is one of them: "a\0" follows "a".
 */
export function prefixEnd(key: IndexKey): IndexKey {
  return key + END_OF_INDEX; // after a value comes a tag or the end, in an escape 0xff
}

export function keyToBuffer(key: IndexKey): Buffer {
  return Buffer.from(key, "latin1");
}

export function bufferToKey(bytes: Uint8Array): IndexKey {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function encodeOne(value: Value | undefined): string {
  if (value === undefined) return TAG.undefined;
  if (value === null) return TAG.null;
  if (typeof value === "string") return TAG.string + escapeUtf8(value) + END;
  if (typeof value === "number") return TAG.float64 + encodeFloat(value);
  if (typeof value === "bigint") return encodeInt(value);
  if (typeof value === "boolean") return value ? TAG.true : TAG.false;
  return encodeCompound(value);
}

function encodeCompound(value: Exclude<Value, null | string | number | bigint | boolean>): string {
  if (value instanceof CommitTsPlaceholder) return encodeInt(MAX_INT64); // sorts as the largest int64
  if (value instanceof ArrayBuffer) {
    return TAG.bytes + escapeZeros(Buffer.from(value).toString("latin1")) + END;
  }
  if (Array.isArray(value)) return TAG.array + encodeKey(value) + END;
  return TAG.object + encodeFields(value) + END;
}

function encodeFields(object: { [key: string]: Value | undefined }): string {
  let encoded = "";
  for (const name of Object.keys(object).sort()) {
    const value = object[name];
    if (value === undefined) continue;
    encoded += (name === "" ? ESCAPED_ZERO : escapeZeros(name)) + END + encodeOne(value);
  }
  return encoded;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the point is to find chars outside printable ASCII
const NEEDS_BYTES = /[^\x01-\x7f]/;

function escapeUtf8(text: string): string {
  // Most strings are plain ASCII, where UTF-8 bytes and chars are the same.
  return NEEDS_BYTES.test(text) ? escapeZeros(Buffer.from(text, "utf8").toString("latin1")) : text;
}

function escapeZeros(bytes: string): string {
  return bytes.includes("\x00") ? bytes.replaceAll("\x00", ESCAPED_ZERO) : bytes;
}

const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = Buffer.from(scratch.buffer);

/** IEEE total order: flip all bits of negatives, the sign bit of the rest. */
function encodeFloat(value: number): string {
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  if (high >>> 31 === 1) {
    scratch.setUint32(0, ~high >>> 0);
    scratch.setUint32(4, ~scratch.getUint32(4) >>> 0);
  } else {
    scratch.setUint32(0, (high | 0x80000000) >>> 0);
  }
  return scratchBytes.toString("latin1", 0, 8);
}

/** Tag by sign and width (1, 2, 4, 8 bytes), then that many big-endian bytes. */
function encodeInt(value: bigint): string {
  if (value === 0n) return String.fromCharCode(TAG.zero);
  const magnitude = value < 0n ? -value - 1n : value;
  const step = magnitude < 1n << 8n ? 1 : magnitude < 1n << 16n ? 2 : magnitude < 1n << 32n ? 3 : 4;
  const width = 1 << (step - 1);
  scratch.setBigInt64(0, value);
  const tag = value < 0n ? TAG.zero - step : TAG.zero + step;
  return String.fromCharCode(tag) + scratchBytes.toString("latin1", 8 - width, 8);
}
