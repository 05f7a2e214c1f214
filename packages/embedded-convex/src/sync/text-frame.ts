/**
 * A text message as it stands on the wire (RFC 6455, 5.2: one unmasked, uncompressed
 * frame), so that many sockets can be given the same buffer.
 *
 * [SYNC25] A message of any length is one whole frame; viewers at the same versions are
 *          given the same bytes.
 */
const FINAL_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MAX_SHORT = 125;
const MAX_16 = 0xffff;

export interface TextFrame {
  /** Header and payload. Not to be written to. */
  readonly bytes: Buffer;
  /** A view on the text alone. */
  readonly payload: Buffer;
}

/** The pieces one after the other; together they must be valid UTF-8. */
export function textFrame(pieces: readonly Buffer[]): TextFrame {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const headerLength = length <= MAX_SHORT ? 2 : length <= MAX_16 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(headerLength + length);
  writeHeader(bytes, length);
  let at = headerLength;
  for (const piece of pieces) at += piece.copy(bytes, at);
  return { bytes, payload: bytes.subarray(headerLength) };
}

function writeHeader(bytes: Buffer, length: number): void {
  bytes[0] = FINAL_TEXT;
  if (length <= MAX_SHORT) {
    bytes[1] = length;
  } else if (length <= MAX_16) {
    bytes[1] = LENGTH_16;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = LENGTH_64;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
}
