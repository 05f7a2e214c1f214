/**
 * Writes PNG files: 8-bit RGB, no filter, one IDAT. Enough for flat drawings,
 * which deflate takes down to a few kilobytes.
 */
import { crc32, deflateSync } from "node:zlib";

/** Pixels row by row, three bytes (red, green, blue) each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const DEPTH_AND_COLOUR = [8, 2, 0, 0, 0]; // 8 bits, RGB, deflate, no filter method, not interlaced

/** The bytes of a PNG file that shows the pixels. The same pixels give the same bytes. */
export function encodePng(pixels: Pixels): Buffer {
  return Buffer.concat([
    SIGNATURE,
    chunk(
      "IHDR",
      Buffer.concat([uint32(pixels.width), uint32(pixels.height), Buffer.from(DEPTH_AND_COLOUR)]),
    ),
    chunk("IDAT", deflateSync(withFilterBytes(pixels), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function withFilterBytes({ width, height, rgb }: Pixels): Buffer {
  const stride = width * 3;
  const rows = Buffer.alloc((stride + 1) * height); // each row begins with filter 0: none
  for (let row = 0; row < height; row++) {
    rows.set(rgb.subarray(row * stride, (row + 1) * stride), row * (stride + 1) + 1);
  }
  return rows;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
