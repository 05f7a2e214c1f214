import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { FeedKeyClaims } from "../feed-key.ts";
import { FEEDS } from "../tiers.ts";
import { formatMediaKey, mediaKeyMacInput, verifyMediaKey } from "./media-key.ts";

const SECRET = "a secret of thirty-two characters and more";
const claims: fc.Arbitrary<FeedKeyClaims> = fc.record({
  feed: fc.constantFrom(...FEEDS),
  shard: fc.nat(),
  epoch: fc.nat(),
});

test("[MED1] a key opens its medium under its secret, and nothing else", () => {
  fc.assert(
    fc.property(claims, fc.string(), (wanted, mediaId) => {
      const key = formatMediaKey(mediaId, wanted, SECRET);
      expect(verifyMediaKey(mediaId, key, SECRET)).toEqual(wanted);
      expect(verifyMediaKey(`${mediaId}x`, key, SECRET)).toBeNull();
      expect(verifyMediaKey(mediaId, key, `${SECRET}!`)).toBeNull();
    }),
    { numRuns: 50 },
  );
});

test("[MED1] changing a part of the key, or its spelling, spoils it", () => {
  const key = formatMediaKey("m", { feed: "basic", shard: 1, epoch: 10 }, SECRET);
  const forged = [
    key.replace("basic", "pro"),
    key.replace(".1.", ".2."),
    key.replace(".10.", ".11."),
    key.replace(".1.", ".01."),
    `${key}=`,
    "",
    "basic.1.10.",
  ];
  for (const text of forged) expect(verifyMediaKey("m", text, SECRET)).toBeNull();
});

test("[MED1] the mac is HMAC-SHA256 as Node computes it, and a short secret is refused", () => {
  const wanted = { feed: "pro", shard: 7, epoch: 3 } as const;
  const mac = createHmac("sha256", SECRET)
    .update(mediaKeyMacInput("m", wanted))
    .digest("base64url");
  expect(formatMediaKey("m", wanted, SECRET)).toBe(`pro.7.3.${mac}`);
  expect(() => formatMediaKey("m", wanted, "short")).toThrow(RangeError);
});
