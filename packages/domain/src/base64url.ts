/**
 * Base64url without padding (RFC 4648 §5). Written here because a Convex query,
 * a browser and Node have no such function in common.
 *
 * [B64] Only the one text that `encode` makes is decoded, so a key has one spelling.
 */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUE_OF = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/** Bytes as base64url text, without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    bitCount += 8;
    while (bitCount >= 6) {
      bitCount -= 6;
      text += ALPHABET[(bits >> bitCount) & 63];
    }
    bits &= (1 << bitCount) - 1;
  }
  return bitCount > 0 ? text + ALPHABET[(bits << (6 - bitCount)) & 63] : text;
}

/** The bytes of base64url text, or null if it is not exactly what `encodeBase64url` makes. */
export function decodeBase64url(text: string): Uint8Array | null {
  const bytes: number[] = [];
  let bits = 0;
  let bitCount = 0;
  for (const letter of text) {
    const value = VALUE_OF.get(letter);
    if (value === undefined) return null;
    bits = (bits << 6) | value;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes.push((bits >> bitCount) & 255);
    }
    bits &= (1 << bitCount) - 1;
  }
  const decoded = Uint8Array.from(bytes);
  return encodeBase64url(decoded) === text ? decoded : null;
}
