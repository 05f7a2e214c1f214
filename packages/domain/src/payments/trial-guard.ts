/**
 * One trial per person: a trial is claimed under everything that is known of the buyer, and whoever
 * shares one of these keys with an earlier claim gets no second one.
 *
 * [TRIAL1] Keys have one spelling: an e-mail is trimmed and in lower case. Nothing cleverer: dots and
 *          plus signs are part of an address at most providers, and merging them would refuse people.
 * [TRIAL2] A trial may be claimed unless another purchase holds one of its keys.
 * [TRIAL3] A purchase never stands in its own way, however often it is applied.
 * [TRIAL4] An IP address is kept only as a salted hash.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { normalizeEmail } from "../people/email.ts";
import type { Provider } from "./refs.ts";

/** What is known of somebody who claims a trial. `ipHash` comes from `hashIp`. */
export interface TrialClaimant {
  readonly provider: Provider;
  readonly userId: string | null;
  readonly email: string | null;
  readonly customerRef: string | null;
  readonly ipHash: string | null;
}

/** A claim already made: one key, and the purchase that holds it. */
export interface TrialClaim {
  readonly key: string;
  readonly purchaseId: string;
}

/** The keys a trial is claimed under. Empty if nothing is known of the buyer. */
export function trialKeys(claimant: TrialClaimant): string[] {
  const { provider, userId, customerRef, ipHash } = claimant;
  const email = claimant.email === null ? null : normalizeEmail(claimant.email);
  return [
    keyOf("user", userId),
    keyOf("email", email),
    keyOf(`customer:${provider}`, customerRef),
    keyOf("ip_hash", ipHash),
  ].filter((key) => key !== null);
}

/** Whether the purchase may have its trial, given the claims found under its keys. May be repeated. */
export function mayClaimTrial(existing: readonly TrialClaim[], purchaseId: string): boolean {
  return existing.every((claim) => claim.purchaseId === purchaseId);
}

/** A keyed hash of an address, the same for equal addresses of one deployment; null without one. */
export function hashIp(ip: string, salt: string): string | null {
  const text = ip.trim().toLowerCase();
  if (text === "") return null;
  return bytesToHex(hmac(sha256, utf8ToBytes(salt), utf8ToBytes(`trial-ip:${text}`)));
}

function keyOf(name: string, value: string | null): string | null {
  return value === null || value === "" ? null : `${name}:${value}`;
}
