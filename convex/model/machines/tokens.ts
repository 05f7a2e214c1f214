/** The text of a machine token and its hash. The text is shown once, by the action that made it. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { MachineKind } from "./caller.ts";

const SECRET_BYTES = 32;

/** A new token, for example `hg_bot_...`. Only in actions: queries and mutations have no secure randomness. */
export function makeToken(kind: MachineKind): string {
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `hg_${kind}_${bytesToHex(secret)}`;
}

/** What is stored of a token: the secret has 256 random bits, so a plain hash cannot be searched. */
export function hashToken(token: string): string {
  return bytesToHex(sha256(utf8ToBytes(token)));
}

/** The token of an `Authorization: Bearer ...` header, or null. */
export function bearerToken(header: string | null): string | null {
  const [, token] = /^Bearer +([\x21-\x7e]{1,200})$/i.exec(header ?? "") ?? [];
  return token ?? null;
}
