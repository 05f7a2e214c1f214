/**
 * Media keys: a capability to fetch one stored picture or file, through one feed and shard, for as long
 * as the shard's epoch lasts. `<feed>.<shard>.<epoch>.<mac>`, the mac being HMAC-SHA256 over these and
 * the medium's id with the deployment's secret.
 *
 * Unlike a feed key it may stand in an address: it opens one medium only, and dies with the feed key
 * under which it was given out.
 *
 * [MED1] Only the holder of the secret can make a key, and it opens no other medium.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { decodeBase64url, encodeBase64url } from "../base64url.ts";
import {
  equalInConstantTime,
  type FeedKeyClaims,
  MIN_FEED_KEY_SECRET_LENGTH,
} from "../feed-key.ts";
import { isFeed } from "../tiers.ts";

const PATTERN = /^([a-z]+)\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,14})\.([A-Za-z0-9_-]{43})$/;

/** The bytes a media key's mac is made over. */
export function mediaKeyMacInput(
  mediaId: string,
  { feed, shard, epoch }: FeedKeyClaims,
): Uint8Array {
  return utf8ToBytes(`heliograph media key\n${feed}.${shard}.${epoch}\n${mediaId}`);
}

/** Makes the key of a medium. Throws a RangeError if the secret is too short. */
export function formatMediaKey(mediaId: string, claims: FeedKeyClaims, secret: string): string {
  const { feed, shard, epoch } = claims;
  return `${feed}.${shard}.${epoch}.${encodeBase64url(macOf(mediaId, claims, secret))}`;
}

/** What the key says if it is this medium's, else null. Says nothing about the epoch's validity. */
export function verifyMediaKey(mediaId: string, key: string, secret: string): FeedKeyClaims | null {
  const [, feed, shard, epoch, macText] = PATTERN.exec(key) ?? [];
  if (!isFeed(feed) || macText === undefined) return null;
  const mac = decodeBase64url(macText);
  if (mac === null) return null;
  const claims = { feed, shard: Number(shard), epoch: Number(epoch) };
  return equalInConstantTime(mac, macOf(mediaId, claims, secret)) ? claims : null;
}

function macOf(mediaId: string, claims: FeedKeyClaims, secret: string): Uint8Array {
  if (secret.length < MIN_FEED_KEY_SECRET_LENGTH) {
    throw new RangeError(
      `the feed key secret has ${secret.length} characters; it needs at least ${MIN_FEED_KEY_SECRET_LENGTH}`,
    );
  }
  return hmac(sha256, utf8ToBytes(secret), mediaKeyMacInput(mediaId, claims));
}
