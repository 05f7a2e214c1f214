/**
 * Feed keys: a capability to read one feed through one shard, for as long as the
 * shard's epoch lasts. `v1.<feed>.<shard>.<epoch>.<mac>`, the mac being
 * HMAC-SHA256 over the first four parts with the deployment's secret.
 *
 * Owns the text and its proof. Which epochs are still valid is the backend's to say.
 *
 * [KEY1] Only the holder of the secret can make a key that verifies.
 * [KEY2] A key has one spelling: no padding, no leading zeros, nothing after it.
 * [KEY3] Comparing the mac takes the same time wherever it differs.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { type Feed, isFeed } from "./tiers.ts";

/** What a feed key says. */
export interface FeedKeyClaims {
  readonly feed: Feed;
  readonly shard: number;
  readonly epoch: number;
}

/** A shorter secret could be found by trying; 32 characters of base64url are 192 bits. */
export const MIN_FEED_KEY_SECRET_LENGTH = 32;
const MAC_BYTES = 32;
const PATTERN = /^v1\.([a-z]+)\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,14})\.([A-Za-z0-9_-]{43})$/;

/** The bytes a key's mac is made over. The leading words keep it apart from every other use of the secret. */
export function feedKeyMacInput(claims: FeedKeyClaims): Uint8Array {
  return utf8ToBytes(`heliograph feed key\nv1.${claims.feed}.${claims.shard}.${claims.epoch}`);
}

/** Makes the key. Throws a RangeError if the secret is too short or a number is not a small natural one. */
export function formatFeedKey(claims: FeedKeyClaims, secret: string): string {
  const key = `v1.${claims.feed}.${claims.shard}.${claims.epoch}.${encodeBase64url(macOf(claims, secret))}`;
  if (!PATTERN.test(key)) {
    throw new RangeError(
      `a feed key needs natural numbers, got shard ${claims.shard}, epoch ${claims.epoch}`,
    );
  }
  return key;
}

/** Reads what a key says without proving it: for a viewer, who has no secret. Null if it is no key. */
export function parseFeedKey(key: string): FeedKeyClaims | null {
  return splitFeedKey(key)?.claims ?? null;
}

/** What the key says if the secret proves it, else null. Says nothing about the epoch's validity. */
export function verifyFeedKey(key: string, secret: string): FeedKeyClaims | null {
  const parts = splitFeedKey(key);
  if (parts === null) return null;
  return equalInConstantTime(parts.mac, macOf(parts.claims, secret)) ? parts.claims : null;
}

/** Whether two byte strings are equal, in a time that depends on their length only. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

function macOf(claims: FeedKeyClaims, secret: string): Uint8Array {
  if (secret.length < MIN_FEED_KEY_SECRET_LENGTH) {
    throw new RangeError(
      `the feed key secret has ${secret.length} characters; it needs at least ${MIN_FEED_KEY_SECRET_LENGTH}`,
    );
  }
  return hmac(sha256, utf8ToBytes(secret), feedKeyMacInput(claims));
}

function splitFeedKey(key: string): { claims: FeedKeyClaims; mac: Uint8Array } | null {
  const [, feed, shard, epoch, macText] = PATTERN.exec(key) ?? [];
  if (!isFeed(feed) || shard === undefined || epoch === undefined || macText === undefined)
    return null;
  const mac = decodeBase64url(macText);
  if (mac === null || mac.length !== MAC_BYTES) return null;
  return { claims: { feed, shard: Number(shard), epoch: Number(epoch) }, mac };
}
