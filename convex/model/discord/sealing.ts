/**
 * Secrets at rest: AES-256-GCM under a key from the environment. Only in actions, which have randomness.
 *
 * HELIOGRAPH_DISCORD_TOKEN_KEYS lists keys as `name:key`, comma separated, each key 32 bytes in base64url.
 * The first seals, all of them open. To rotate: put a new one in front, run discordTokens:reseal, take the old
 * one out.
 *
 * [SEAL1] What is stored tells nothing, and opens only with the key it names and for the purpose it was sealed for.
 * [SEAL2] After a rotation old texts open as long as their key is listed; resealed, they need the new one only.
 */
import { decodeBase64url, encodeBase64url } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import { getEnvironment } from "../environment.ts";

const IV_BYTES = 12;
const KEY_BYTES = 32;
const PURPOSE = new TextEncoder().encode("heliograph discord tokens");

interface NamedKey {
  readonly keyId: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The name of the key that seals now. Throws `not_configured`. */
export function sealingKeyId(): string {
  return sealingKey().keyId;
}

/** Throws `not_configured` without a usable key. */
export async function seal(text: string): Promise<{ sealed: string; keyId: string }> {
  const { keyId, bytes } = sealingKey();
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const key = await importKey(bytes);
  const plain = new TextEncoder().encode(text);
  const body = await crypto.subtle.encrypt(algorithm(iv), key, plain);
  const sealed = [keyId, encodeBase64url(iv), encodeBase64url(new Uint8Array(body))].join(".");
  return { sealed, keyId };
}

/** The text, or null if no key that is listed opens it. */
export async function unseal(sealed: string): Promise<string | null> {
  const [keyId, ivText = "", bodyText = ""] = sealed.split(".");
  const named = readKeys().find((key) => key.keyId === keyId);
  const iv = decodeBase64url(ivText);
  const body = decodeBase64url(bodyText);
  if (named === undefined || iv === null || body === null) return null;
  try {
    const key = await importKey(named.bytes);
    const plain = await crypto.subtle.decrypt(algorithm(owned(iv)), key, owned(body));
    return new TextDecoder().decode(plain);
  } catch {
    return null; // sealed with another key of that name, or tampered with
  }
}

function sealingKey(): NamedKey {
  const [first] = readKeys();
  if (first === undefined) throw notConfigured();
  return first;
}

function readKeys(): NamedKey[] {
  const listed = getEnvironment("HELIOGRAPH_DISCORD_TOKEN_KEYS").split(",");
  return listed.map((item) => {
    const [keyId = "", text = ""] = item.trim().split(":");
    const bytes = decodeBase64url(text);
    if (!/^\w+$/.test(keyId) || bytes?.length !== KEY_BYTES) throw notConfigured();
    return { keyId, bytes: owned(bytes) };
  });
}

function notConfigured(): ConvexError<{ code: string; message: string }> {
  const message =
    "HELIOGRAPH_DISCORD_TOKEN_KEYS must list keys as name:key, each of 32 bytes in base64url.";
  return new ConvexError({ code: "not_configured", message });
}

async function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

function algorithm(iv: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: PURPOSE };
}

/** The same bytes with a buffer of their own, as Web Crypto's types ask for. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
