import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import {
  equalInConstantTime,
  type FeedKeyClaims,
  feedKeyMacInput,
  formatFeedKey,
  parseFeedKey,
  verifyFeedKey,
} from "./feed-key.ts";
import { FEEDS } from "./tiers.ts";

const SECRET = "a secret of thirty-two characters and more";
const claims: fc.Arbitrary<FeedKeyClaims> = fc.record({
  feed: fc.constantFrom(...FEEDS),
  shard: fc.nat(),
  epoch: fc.nat(),
});

test("[KEY1] a key verifies under its secret and under no other", () => {
  fc.assert(
    fc.property(claims, (wanted) => {
      const key = formatFeedKey(wanted, SECRET);
      expect(verifyFeedKey(key, SECRET)).toEqual(wanted);
      expect(parseFeedKey(key)).toEqual(wanted);
      expect(verifyFeedKey(key, `${SECRET}!`)).toBeNull();
    }),
    { numRuns: 50 },
  );
});

test("[KEY1] changing the feed, shard or epoch of a key spoils it", () => {
  const key = formatFeedKey({ feed: "basic", shard: 1, epoch: 1 }, SECRET);
  for (const forged of ["v1.pro.1.1", "v1.basic.2.1", "v1.basic.1.2"]) {
    expect(verifyFeedKey(key.replace("v1.basic.1.1", forged), SECRET)).toBeNull();
  }
});

test("[KEY1] the mac is HMAC-SHA256 as Node computes it", async () => {
  const { createHmac } = await import("node:crypto");
  const wanted = { feed: "pro", shard: 7, epoch: 3 } as const;
  const mac = createHmac("sha256", SECRET).update(feedKeyMacInput(wanted)).digest("base64url");
  expect(formatFeedKey(wanted, SECRET)).toBe(`v1.pro.7.3.${mac}`);
});

test("[KEY1] a short secret and numbers that are not natural are refused", () => {
  expect(() => formatFeedKey({ feed: "pro", shard: 1, epoch: 1 }, "short")).toThrow(RangeError);
  expect(() => formatFeedKey({ feed: "pro", shard: -1, epoch: 1 }, SECRET)).toThrow(RangeError);
  expect(() => formatFeedKey({ feed: "pro", shard: 0.5, epoch: 1 }, SECRET)).toThrow(RangeError);
});

test("[KEY2] a key has one spelling", () => {
  const key = formatFeedKey({ feed: "pro", shard: 1, epoch: 10 }, SECRET);
  const misspelt = [
    `${key}=`,
    `${key} `,
    ` ${key}`,
    `${key}.x`,
    key.replace(".1.", ".01."),
    "",
    "v1",
  ];
  for (const other of misspelt) expect(verifyFeedKey(other, SECRET)).toBeNull();
  expect(verifyFeedKey(key.replace("v1", "v2"), SECRET)).toBeNull();
  const lastLetters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"];
  const accepted = lastLetters.filter((letter) => verifyFeedKey(key.slice(0, -1) + letter, SECRET));
  expect(accepted).toEqual([key.at(-1)]);
});

test("[KEY2] no text makes reading a key throw", () => {
  const property = fc.property(fc.string(), (text) => {
    expect(verifyFeedKey(text, SECRET)).toBeNull();
  });
  fc.assert(property);
});

test("[KEY3] equal bytes are equal, and a difference anywhere is found", () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => index);
  expect(equalInConstantTime(bytes, bytes.slice())).toBe(true);
  for (const index of bytes.keys()) {
    const other = bytes.slice();
    other[index] = 255;
    expect(equalInConstantTime(bytes, other)).toBe(false);
  }
  expect(equalInConstantTime(bytes, bytes.slice(1))).toBe(false);
});

test("[B64] bytes survive the way there and back, as Node spells them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const text = encodeBase64url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(decodeBase64url(text)).toEqual(bytes);
    }),
  );
});

test("[B64] a second spelling of the same bytes is refused", () => {
  expect(decodeBase64url("AA")).toEqual(Uint8Array.of(0));
  for (const text of ["AB", "A", "AA=", "A+", "é"]) expect(decodeBase64url(text)).toBeNull();
});
