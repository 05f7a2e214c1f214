/** Base64 (standard alphabet, padded) with the realm's own byte arrays. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGITS = new Map([...ALPHABET].map((char, digit) => [char, digit]));

/** Expects valid text. */
export function toByteArray(text: string): Uint8Array {
  const digits = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let length = 0;
  for (const char of digits) {
    word = (word << 6) | (DIGITS.get(char) ?? 0);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = (word >> bits) & 255;
  }
  return bytes;
}

export function fromByteArray(bytes: Uint8Array): string {
  let out = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b, c] = [bytes[index], bytes[index + 1], bytes[index + 2]];
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out += (ALPHABET[word >> 18] ?? "") + (ALPHABET[(word >> 12) & 63] ?? "");
    out += b === undefined ? "=" : (ALPHABET[(word >> 6) & 63] ?? "");
    out += c === undefined ? "=" : (ALPHABET[word & 63] ?? "");
  }
  return out;
}
