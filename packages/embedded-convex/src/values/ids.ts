/**
 * Document ids: table number and internal id in one short, self-checking string.
 *
 *   base32( VInt(table number) | internal id, 16 bytes | Fletcher-16, 2 bytes )
 *
 * The alphabet is Crockford's in lower case, decoding is strict, and a decoded
 * id must encode to the same text again: there is one text per id.
 */
import { DeveloperError } from "../errors.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const INTERNAL_BYTES = 16;
const MIN_LENGTH = 31;
const MAX_LENGTH = 37;
const MAX_TABLE_NUMBER = 0xffffffff;
const DAY_MS = 86_400_000;

const DIGIT_OF = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) DIGIT_OF[ALPHABET.charCodeAt(i)] = i;

interface DecodedId {
  readonly tableNumber: number;
  readonly internalId: Uint8Array;
}

export function encodeId(tableNumber: number, internalId: Uint8Array): string {
  const body = [...vint(tableNumber), ...internalId];
  const [c0, c1] = fletcher16(body);
  body.push(c0, c1);
  return base32(body);
}

/** Throws a DeveloperError with the contract's text when `text` is not an id. */
export function decodeId(text: string): DecodedId {
  const decoded = tryDecodeId(text);
  if (typeof decoded === "string") {
    throw new DeveloperError(`Unable to decode ID: ${decoded}`, "InvalidId");
  }
  return decoded;
}

/** The table number, or null when `text` is not an id. Never throws. */
export function tableNumberOfId(text: string): number | null {
  const decoded = tryDecodeId(text);
  return typeof decoded === "string" ? null : decoded.tableNumber;
}

/** 14 random bytes and the day since the epoch, so that ids made together share pages. */
export function newInternalId(random: (bytes: number) => Uint8Array, nowMs: number): Uint8Array {
  const id = new Uint8Array(INTERNAL_BYTES);
  id.set(random(INTERNAL_BYTES - 2));
  const day = Math.floor(nowMs / DAY_MS) & 0xffff;
  id[14] = day >> 8;
  id[15] = day & 0xff;
  return id;
}

/** The reason in the contract's words, or the parts. */
function tryDecodeId(text: string): DecodedId | string {
  const bytes = unbase32(text);
  if (bytes === null) return "ID wasn't valid base32";
  if (text.length < MIN_LENGTH || text.length > MAX_LENGTH)
    return `Invalid ID length ${text.length}`;
  const table = readVint(bytes);
  if (table === null) return "Invalid table number";
  const end = table.length + INTERNAL_BYTES;
  if (bytes.length !== end + 2) return `Invalid ID length ${text.length}`;
  const [c0, c1] = fletcher16(bytes.subarray(0, end));
  const expected = (c1 << 8) | c0;
  const found = ((bytes[end + 1] ?? 0) << 8) | (bytes[end] ?? 0);
  if (found !== expected) return `Invalid ID version ${found ^ expected} (expected 0)`;
  const decoded = { tableNumber: table.value, internalId: bytes.slice(table.length, end) };
  return encodeId(decoded.tableNumber, decoded.internalId) === text
    ? decoded
    : "ID wasn't valid base32";
}

function vint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

function readVint(bytes: Uint8Array): { value: number; length: number } | null {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 0x80 ** i;
    if (byte < 0x80) {
      return value >= 1 && value <= MAX_TABLE_NUMBER ? { value, length: i + 1 } : null;
    }
  }
  return null;
}

/** Fletcher's checksum with modulus 256 (not the usual 255): [c0, c1]. */
function fletcher16(bytes: ArrayLike<number>): [number, number] {
  let c0 = 0;
  let c1 = 0;
  for (let i = 0; i < bytes.length; i++) {
    c0 = (c0 + (bytes[i] ?? 0)) & 0xff;
    c1 = (c1 + c0) & 0xff;
  }
  return [c0, c1];
}

function base32(bytes: ArrayLike<number>): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (let i = 0; i < bytes.length; i++) {
    buffer = ((buffer << 8) | (bytes[i] ?? 0)) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(buffer >> bits) & 31];
    }
  }
  return bits > 0 ? text + ALPHABET[(buffer << (5 - bits)) & 31] : text;
}

function unbase32(text: string): Uint8Array | null {
  const bytes = new Uint8Array((text.length * 5) >> 3);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = DIGIT_OF[text.charCodeAt(i)] ?? -1;
    if (digit < 0) return null;
    buffer = ((buffer << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 0xff;
    }
  }
  return bytes;
}
