/**
 * Width and height of an image, read from its first bytes: PNG, GIF, JPEG, WebP.
 * Pure; anything else, or a cut-off header, has no size.
 */

export type ImageSize = { widthPx: number; heightPx: number };

export function imageSize(bytes: Uint8Array): ImageSize | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return pngSize(view) ?? gifSize(view) ?? jpegSize(view) ?? webpSize(view);
  } catch (error) {
    if (error instanceof RangeError) return null; // the header ends early
    throw error;
  }
}

function tag(view: DataView, at: number, chars: number): string {
  return Array.from({ length: chars }, (_, index) =>
    String.fromCharCode(view.getUint8(at + index)),
  ).join("");
}

function pngSize(view: DataView): ImageSize | null {
  if (view.getUint32(0) !== 0x89_50_4e_47) return null;
  return { widthPx: view.getUint32(16), heightPx: view.getUint32(20) };
}

function gifSize(view: DataView): ImageSize | null {
  if (tag(view, 0, 4) !== "GIF8") return null;
  return { widthPx: view.getUint16(6, true), heightPx: view.getUint16(8, true) };
}

function jpegSize(view: DataView): ImageSize | null {
  if (view.getUint16(0) !== 0xff_d8) return null;
  let at = 2;
  for (;;) {
    const marker = view.getUint16(at);
    // Start-of-frame markers, without the Huffman, arithmetic and reserved ones between them.
    const isFrame =
      marker >= 0xff_c0 && marker <= 0xff_cf && ![0xff_c4, 0xff_c8, 0xff_cc].includes(marker);
    if (isFrame) return { widthPx: view.getUint16(at + 7), heightPx: view.getUint16(at + 5) };
    if (marker >> 8 !== 0xff) return null;
    at += 2 + view.getUint16(at + 2);
  }
}

function webpSize(view: DataView): ImageSize | null {
  if (tag(view, 0, 4) !== "RIFF" || tag(view, 8, 4) !== "WEBP") return null;
  switch (tag(view, 12, 4)) {
    case "VP8 ":
      return {
        widthPx: view.getUint16(26, true) & 0x3fff,
        heightPx: view.getUint16(28, true) & 0x3fff,
      };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { widthPx: (bits & 0x3fff) + 1, heightPx: ((bits >> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { widthPx: uint24(view, 24) + 1, heightPx: uint24(view, 27) + 1 };
    default:
      return null;
  }
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}
