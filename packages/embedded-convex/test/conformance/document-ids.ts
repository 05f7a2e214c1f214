/** The official form of document ids, written from its description: base32 of table, internal id and checksum. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

export interface DecodedId {
  readonly table: number;
  readonly internal: Uint8Array;
  readonly checksum: readonly number[];
  /** What the checksum of the bytes before it is. */
  readonly computed: readonly number[];
}

export function decodeId(id: string): DecodedId {
  const bits = [...id].map((char) => ALPHABET.indexOf(char).toString(2).padStart(5, "0")).join("");
  const bytes = Array.from({ length: Math.floor(bits.length / 8) }, (_, i) =>
    Number.parseInt(bits.slice(i * 8, i * 8 + 8), 2),
  );
  const end = bytes.findIndex((byte) => byte < 128) + 1;
  const table = bytes.slice(0, end).reduceRight((sum, byte) => sum * 128 + (byte & 127), 0);
  let [low, high] = [0, 0];
  for (const byte of bytes.slice(0, -2)) {
    low = (low + byte) % 256;
    high = (high + low) % 256;
  }
  return {
    table,
    internal: Uint8Array.from(bytes.slice(end, -2)),
    checksum: bytes.slice(-2),
    computed: [low, high],
  };
}
