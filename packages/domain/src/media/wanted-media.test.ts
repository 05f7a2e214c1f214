import { expect, test } from "vitest";
import { isCopied, linkEndsAtMs, mediaAddress, wantedMedia } from "./wanted-media.ts";

const FILE = "https://cdn.discordapp.com/attachments/1/2/chart.png";

test("[WMED1] a link signed anew is the same file; everything else of an address counts", () => {
  expect(mediaAddress(`${FILE}?ex=6b0b1b38&is=6b09c9b8&hm=0bcd&`)).toBe(FILE);
  expect(mediaAddress(`${FILE}?ex=6c000000&is=6b09c9b8&hm=ffff`)).toBe(FILE);
  expect(mediaAddress(`${FILE}?width=200&ex=1&is=2&hm=3`)).toBe(`${FILE}?width=200`);
  for (const link of [
    FILE,
    `${FILE}?v=2`,
    `${FILE}?ex=1&is=2`,
    "https://a.test/?hm=1",
    "no link",
  ]) {
    expect(mediaAddress(link)).toBe(link);
  }
});

test("[WMED1] a post wants each of its files once: attachments first, then the pictures of its cards", () => {
  const attachment = { id: "1", name: "chart.png", url: `${FILE}?ex=1&is=2&hm=3` };
  const embeds = [
    { imageUrl: `${FILE}?ex=9&is=8&hm=7`, thumbnailUrl: "https://a.test/t.png" },
    { title: "none" },
  ];
  const names = wantedMedia({ attachments: [attachment], embeds });
  expect(names).toEqual([
    { address: FILE, link: attachment.url, name: "chart.png" },
    { address: "https://a.test/t.png", link: "https://a.test/t.png", name: "picture" },
  ]);
});

test("[WMED1] what its source calls a document or a sound is not copied", () => {
  const types = [undefined, "image/png", "IMAGE/JPEG", "video/mp4", "application/octet-stream"];
  expect(types.every((contentType) => isCopied({ ...(contentType && { contentType }) }))).toBe(
    true,
  );
  const others = ["application/pdf", "text/plain", "audio/ogg", "imagery/x"];
  expect(others.some((contentType) => isCopied({ contentType }))).toBe(false);
});

test("[WMED1] a signed link says when it runs out", () => {
  expect(linkEndsAtMs(`${FILE}?ex=6b0b1b38&is=1&hm=2`)).toBe(0x6b0b1b38 * 1_000);
  expect(linkEndsAtMs(FILE)).toBeNull();
});
