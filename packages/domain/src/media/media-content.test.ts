import { expect, test } from "vitest";
import { MEDIA_SAMPLES, pngOf, WEBP_LOSSLESS, WEBP_LOSSY } from "../../test/media-samples.ts";
import { extensionOf, readMediaContent } from "./media-content.ts";

const SIZE = { width: 3, height: 2 };
const codeOf = (bytes: Uint8Array) => {
  const verdict = readMediaContent(bytes);
  return verdict.ok ? verdict.content.contentType : verdict.code;
};
const text = (letters: string) => new TextEncoder().encode(letters);

test.each(Object.entries(MEDIA_SAMPLES))(
  "[CONT1] %s is known by its bytes",
  (contentType, bytes) => {
    const size = contentType.startsWith("image/") ? SIZE : {};
    expect(readMediaContent(bytes)).toEqual({ ok: true, content: { contentType, ...size } });
  },
);

test.each([
  ["lossy", WEBP_LOSSY],
  ["lossless", WEBP_LOSSLESS],
])("[CONT1] a %s WebP tells its size", (_, bytes) => {
  const content = { contentType: "image/webp", ...SIZE };
  expect(readMediaContent(bytes)).toEqual({ ok: true, content });
});

test.each([
  ["nothing", ""],
  ["a page", "<!doctype html><script>alert(1)</script>"],
  ["a vector image", '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ["an XML file", '<?xml version="1.0"?><svg/>'],
  ["a PDF", "%PDF-1.7"],
  ["an archive", "PK\u0003\u0004"],
  ["a sound", "ID3\u0004"],
  ["a page that names a type later", " \u0089PNG"],
])("[CONT1] %s is of no type that is kept", (_, letters) => {
  expect(codeOf(text(letters))).toBe("type_not_allowed");
});

test("[CONT1] a picture that breaks off before its size is refused, wherever it does", () => {
  for (const [contentType, bytes] of Object.entries(MEDIA_SAMPLES)) {
    for (let length = 0; length < bytes.length; length += 1) {
      const code = codeOf(bytes.slice(0, length));
      const isRefused = code === "type_not_allowed" || code === "unreadable_picture";
      expect(isRefused || code === contentType).toBe(true);
    }
  }
  expect(codeOf(MEDIA_SAMPLES["image/png"].slice(0, 20))).toBe("unreadable_picture");
  expect(codeOf(pngOf(0, 5))).toBe("unreadable_picture");
});

test("[CONT2] a picture of more pixels than a browser should unpack is refused", () => {
  expect(codeOf(pngOf(8_192, 8_192))).toBe("image/png");
  expect(codeOf(pngOf(8_193, 8_192))).toBe("picture_too_large");
  expect(codeOf(pngOf(16_385, 1))).toBe("picture_too_large");
  expect(codeOf(pngOf(0xffff_ffff, 0xffff_ffff))).toBe("picture_too_large");
});

test("[CONT1] a file's name ends as its type does", () => {
  expect(["image/png", "image/jpeg", "video/mp4"].map(extensionOf)).toEqual(["png", "jpg", "mp4"]);
});
