/**
 * What a file is, by its own bytes: what its server or its name says does not count.
 *
 * [CONT1] A file is of a type only if it begins as that type does, and a picture only if it tells its size.
 * [CONT2] A picture too large to be shown is refused before a browser tries.
 */

/** A file that may be kept. Films do not tell their size at the beginning. */
export interface MediaContent {
  readonly contentType: MediaType;
  readonly width?: number;
  readonly height?: number;
}

export type MediaType =
  | "image/png"
  | "image/jpeg"
  | "image/gif"
  | "image/webp"
  | "image/avif"
  | "video/mp4"
  | "video/webm";

export type ContentCode = "type_not_allowed" | "unreadable_picture" | "picture_too_large";

export type ContentVerdict =
  | { readonly ok: true; readonly content: MediaContent }
  | { readonly ok: false; readonly code: ContentCode };

type Size = { readonly width: number; readonly height: number };
type SizeReader = (view: DataView) => Size | null;

const MOST_SIDE = 16_384;
const MOST_PIXELS = 64 * 1024 * 1024; // 256 MB once a browser has unpacked it

/** Reads the type, and of a picture its width and height. */
export function readMediaContent(bytes: Uint8Array): ContentVerdict {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const contentType = typeOf(view);
  if (contentType === null) return { ok: false, code: "type_not_allowed" };
  if (contentType === "video/mp4" || contentType === "video/webm") {
    return { ok: true, content: { contentType } };
  }
  const size = within(view, SIZES[contentType]);
  if (size === null || size.width === 0 || size.height === 0) {
    return { ok: false, code: "unreadable_picture" };
  }
  const isLarge =
    Math.max(size.width, size.height) > MOST_SIDE || size.width * size.height > MOST_PIXELS;
  if (isLarge) return { ok: false, code: "picture_too_large" };
  return { ok: true, content: { contentType, ...size } };
}

/** The end of a file's name that goes with its type. */
export function extensionOf(contentType: string): string {
  const kind = contentType.split("/")[1] ?? "bin";
  return kind === "jpeg" ? "jpg" : kind;
}

function typeOf(view: DataView): MediaType | null {
  if (begins(view, 0, "\x89PNG\r\n\x1a\n")) return "image/png";
  if (begins(view, 0, "\xff\xd8\xff")) return "image/jpeg";
  if (begins(view, 0, "GIF87a") || begins(view, 0, "GIF89a")) return "image/gif";
  if (begins(view, 0, "RIFF") && begins(view, 8, "WEBP")) return "image/webp";
  if (begins(view, 0, "\x1a\x45\xdf\xa3")) return "video/webm";
  if (!begins(view, 4, "ftyp")) return null;
  if (begins(view, 8, "avif") || begins(view, 8, "avis")) return "image/avif";
  return MP4_BRANDS.some((brand) => begins(view, 8, brand)) ? "video/mp4" : null;
}

const MP4_BRANDS = ["isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "dash", "M4V "];

const SIZES: Record<Exclude<MediaType, "video/mp4" | "video/webm">, SizeReader> = {
  "image/png": (view) =>
    begins(view, 12, "IHDR") ? { width: view.getUint32(16), height: view.getUint32(20) } : null,
  "image/gif": (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  "image/jpeg": jpegSize,
  "image/webp": webpSize,
  "image/avif": avifSize,
};

/** The size, or null when the file ends before it has told it. */
function within(view: DataView, read: SizeReader): Size | null {
  try {
    return read(view);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Walks from marker to marker; the size stands in the first that begins a frame. */
function jpegSize(view: DataView): Size | null {
  for (let at = 2; ; ) {
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xff) at += 1; // padding
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    const length = view.getUint16(at + 2);
    if (length < 2) return null;
    at += 2 + length;
  }
}

function webpSize(view: DataView): Size | null {
  if (begins(view, 12, "VP8 ")) {
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  if (begins(view, 12, "VP8L")) {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (!begins(view, 12, "VP8X")) return null;
  const uint24 = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
  return { width: uint24(24) + 1, height: uint24(27) + 1 };
}

const AVIF_HEAD = 4_096; // its boxes of properties come first

/** The largest of its `ispe` boxes: the whole picture, not a tile or a preview. */
function avifSize(view: DataView): Size | null {
  let largest: Size | null = null;
  const end = Math.min(AVIF_HEAD, view.byteLength - 16);
  for (let at = 8; at <= end; at += 1) {
    if (!begins(view, at, "ispe")) continue;
    const found = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (largest === null || found.width * found.height > largest.width * largest.height) {
      largest = found;
    }
  }
  return largest;
}

function begins(view: DataView, at: number, text: string): boolean {
  if (at + text.length > view.byteLength) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (view.getUint8(at + index) !== text.charCodeAt(index)) return false;
  }
  return true;
}
