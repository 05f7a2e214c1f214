/**
 * Whether a delivery is the provider's: its signature over the very bytes, made with one of the active
 * secrets, at about this time. Checked by Web Crypto and the library of Standard Webhooks, both of which
 * compare in constant time. Stripe's library is not imported here: every HTTP action evaluates its modules
 * anew, and that one is larger than all the others together; the tests sign with it.
 *
 *   Stripe      Stripe-Signature: t=<s>,v1=<hex>              key: the whole secret as text
 *   Whop        webhook-id, -timestamp, -signature: v1,<b64>  key: the secret as text, or decoded as the standard says
 *   Whop, old   x-whop-signature: t=<s>,v1=<hex>              as Stripe's
 *   Sell.app    signature: <hex>                              no time: the ledger refuses repeats
 *
 * [SIG1] Any active secret will do, so that one can be rotated; no secret means nothing is accepted.
 * [SIG2] A time more than five minutes off, in either direction, is refused.
 */
import { equalInConstantTime, type Provider } from "@heliograph/domain";
import { Webhook } from "standardwebhooks";

export const TOLERANCE_S = 300;

/** What the headers claim. */
export interface Claim {
  readonly scheme: "timed" | "standard" | "plain";
  readonly signature: string;
  readonly id: string;
  readonly atS: number | null; // null: the scheme has no time
}

/** The signature in the headers; `malformed` for one that cannot be of this provider. */
export function readClaim(
  provider: Provider,
  headers: Headers,
): Claim | "unsigned" | "malformed_signature" {
  switch (provider) {
    case "stripe":
      return timedClaim(headers.get("stripe-signature"));
    case "whop":
      return headers.has("webhook-signature")
        ? standardClaim(headers)
        : timedClaim(headers.get("x-whop-signature"));
    case "sellapp": {
      const signature = headers.get("signature")?.trim() ?? "";
      if (signature === "") return "unsigned";
      return { scheme: "plain", signature, id: "", atS: null };
    }
    default:
      return provider satisfies never;
  }
}

/** Whether the claim's time is right for the scheme. */
export function clockFault({ atS }: Claim, nowMs: number): "clock_past" | "clock_future" | null {
  if (atS === null) return null;
  const nowS = Math.floor(nowMs / 1000);
  if (nowS - atS > TOLERANCE_S) return "clock_past";
  return atS - nowS > TOLERANCE_S ? "clock_future" : null;
}

/** Whether one of the secrets made the signature, whatever the time is. */
export async function isSignedWith(
  claim: Claim,
  text: string,
  secrets: readonly string[],
): Promise<boolean> {
  for (const secret of secrets) {
    if (await isSignedWithOne(claim, text, secret)) return true;
  }
  return false;
}

async function isSignedWithOne(claim: Claim, text: string, secret: string): Promise<boolean> {
  switch (claim.scheme) {
    case "timed":
      return await isTimedSignature(claim, text, secret);
    case "standard":
      return isStandardSignature(claim, text, secret);
    case "plain":
      return await isSignature(claim.signature, text, secret);
    default:
      return claim.scheme satisfies never;
  }
}

/** Stripe's scheme: `<time>.<body>` is signed; one of several `v1` is enough, other schemes are ignored. */
async function isTimedSignature(claim: Claim, text: string, secret: string): Promise<boolean> {
  const signed = `${claim.atS}.${text}`;
  const given = claim.signature.split(",").filter((part) => part.startsWith("v1="));
  for (const part of given) {
    if (await isSignature(part.slice("v1=".length).trim(), signed, secret)) return true;
  }
  return false;
}

/** `verify` of the library would ask the clock itself; so it signs, and we compare. */
function isStandardSignature({ id, atS, signature }: Claim, text: string, secret: string): boolean {
  return [{ format: "raw" } as const, undefined].some((options) => {
    try {
      const expected = new Webhook(secret, options).sign(id, new Date((atS ?? 0) * 1000), text);
      const wanted = encode(expected);
      return signature.split(" ").some((given) => equalInConstantTime(encode(given), wanted));
    } catch {
      return false; // not base64: then the secret can only be meant as text
    }
  });
}

/** Whether this is the lower-case hex of the text's HMAC-SHA256 under the secret's own bytes. */
async function isSignature(hex: string, text: string, secret: string): Promise<boolean> {
  const bytes = fromHex(hex);
  if (bytes === null) return false;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encode(secret), algorithm, false, ["verify"]);
  return await crypto.subtle.verify("HMAC", key, bytes, encode(text));
}

function timedClaim(header: string | null): Claim | "unsigned" | "malformed_signature" {
  if (header === null || header.trim() === "") return "unsigned";
  const times = header.split(",").filter((part) => part.startsWith("t="));
  const [time = ""] = times;
  // Two times in one header: the one that is checked and the one that is signed could differ.
  if (times.length !== 1 || !/^t=\d{1,12}$/.test(time) || !header.includes("v1=")) {
    return "malformed_signature";
  }
  return { scheme: "timed", signature: header, id: "", atS: Number(time.slice(2)) };
}

function standardClaim(headers: Headers): Claim | "malformed_signature" {
  const signature = headers.get("webhook-signature") ?? "";
  const id = headers.get("webhook-id") ?? "";
  const time = headers.get("webhook-timestamp") ?? "";
  if (id === "" || !/^\d{1,12}$/.test(time)) return "malformed_signature";
  return { scheme: "standard", signature, id, atS: Number(time) };
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The bytes of lower-case hex; null for anything else. */
function fromHex(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^([0-9a-f]{2})+$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
