/** Codes and tokens that are mailed. Only in actions: queries and mutations have no secure randomness. */
import { bytesToHex } from "@noble/hashes/utils.js";

const ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; // 32: nothing that looks like something else
const CODE_LENGTH = 8; // 40 bits, for an hour and 10 tries
const TOKEN_BYTES = 32;

/** A code that somebody can type. */
export function makeCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(CODE_LENGTH));
  return [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length] ?? "").join("");
}

/** The code as it was made, from what somebody typed: spaces, dashes and lower case are forgiven. */
export function readCode(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, "");
}

/** A token for a link. */
export function makeLinkToken(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
}
