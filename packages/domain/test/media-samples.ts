/** The smallest beginnings of files, each of 3 x 2 pixels where it tells its size. */

const text = (letters: string) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0));

function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A PNG's head that tells this size. */
export function pngOf(width: number, height: number): Uint8Array {
  const bytes = join(text("\x89PNG\r\n\x1a\n"), [0, 0, 0, 13], text("IHDR"), new Uint8Array(13));
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}

const ISPE = join([0, 0, 0, 20], text("ispe"), [0, 0, 0, 0]);

export const MEDIA_SAMPLES = {
  "image/png": pngOf(3, 2),
  "image/gif": join(text("GIF89a"), [3, 0, 2, 0, 0, 0, 0]),
  "image/jpeg": join(
    [0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0], // a segment to be passed over
    [0xff, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 3, 1, 0, 0, 0], // padded, as it may be
  ),
  "image/webp": join(
    text("RIFF"),
    [0, 0, 0, 0],
    text("WEBPVP8X"),
    new Uint8Array(8),
    [2, 0, 0, 1, 0, 0],
  ),
  "image/avif": join(
    [0, 0, 0, 24],
    text("ftypavif"),
    new Uint8Array(8),
    join(ISPE, [0, 0, 0, 1, 0, 0, 0, 1]), // a tile
    join(ISPE, [0, 0, 0, 3, 0, 0, 0, 2]),
  ),
  "video/mp4": join([0, 0, 0, 24], text("ftypisom"), new Uint8Array(8)),
  "video/webm": join([0x1a, 0x45, 0xdf, 0xa3], new Uint8Array(8)),
} as const;

/** Lossy and lossless WebP have heads of their own. */
export const WEBP_LOSSY = join(
  text("RIFF"),
  [0, 0, 0, 0],
  text("WEBPVP8 "),
  new Uint8Array(10),
  [3, 0, 2, 0],
);
export const WEBP_LOSSLESS = join(
  text("RIFF"),
  [0, 0, 0, 0],
  text("WEBPVP8L"),
  [0, 0, 0, 0, 0x2f],
  [0x02, 0x40, 0, 0],
);
