/**
 * Key sets (JWKS) and OIDC discovery documents of the providers, kept for a while.
 *
 * Owns the cache; knows nothing of tokens. A provider that cannot be reached does
 * not sign anybody out while an older answer is known.
 *
 * [AUTH10] A document is fetched once per five minutes, and again for an unknown key
 *          at most every thirty seconds.
 * [AUTH11] `data:` addresses are read without a fetch.
 */
import type { JSONWebKeySet } from "jose";
import { AuthError } from "../errors.ts";
import type { Clock } from "../rooms.ts";

const FRESH_MS = 5 * 60_000;
const REFETCH_AFTER_MS = 30_000; // an unknown key must not let strangers make us fetch at will
const FETCH_TIMEOUT_MS = 10_000;
const MAX_DOCUMENT_BYTES = 1024 * 1024;

interface Kept {
  readonly document: unknown;
  readonly fetchedAtMs: number;
}

export interface KeySets {
  /** `renew`: the key wanted was not in the set, look whether there is a newer one. */
  keySet(
    address: string,
    options?: { readonly renew?: boolean; readonly strictType?: boolean },
  ): Promise<JSONWebKeySet>;
  /** The `jwks_uri` of an issuer's discovery document. */
  discover(issuer: string): Promise<string>;
}

/** Both throw AuthError: 503 when the provider cannot be reached, 401 when it answers nonsense. */
export function createKeySets(clock: Clock, fetcher: typeof fetch = fetch): KeySets {
  const kept = new Map<string, Promise<Kept>>();

  const load = async (address: string, strictType: boolean, maxAgeMs: number): Promise<unknown> => {
    const before = kept.get(address);
    const known = before === undefined ? null : await before.catch(() => null);
    if (known !== null && clock.nowMs() - known.fetchedAtMs < maxAgeMs) return known.document;
    if (kept.get(address) === before) {
      kept.set(address, fetchOrKeep(address, strictType, known));
    }
    const entry = kept.get(address);
    try {
      return (await entry)?.document;
    } catch (error) {
      if (kept.get(address) === entry) kept.delete(address);
      throw error;
    }
  };

  const fetchOrKeep = async (address: string, strictType: boolean, known: Kept | null) => {
    try {
      const document = await fetchJson(fetcher, address, strictType);
      return { document, fetchedAtMs: clock.nowMs() };
    } catch (error) {
      if (known === null) throw error;
      return { ...known, fetchedAtMs: clock.nowMs() - FRESH_MS + REFETCH_AFTER_MS };
    }
  };

  return {
    keySet: async (address, { renew = false, strictType = false } = {}) => {
      if (address.startsWith("data:")) return asKeySet(readDataAddress(address), address);
      const document = await load(address, strictType, renew ? REFETCH_AFTER_MS : FRESH_MS);
      return asKeySet(document, address);
    },
    discover: async (issuer) => {
      const address = `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
      const document = await load(address, false, FRESH_MS);
      const uri = (document as { jwks_uri?: unknown } | null)?.jwks_uri;
      if (typeof uri !== "string") throw malformed(address, "it has no `jwks_uri`");
      return uri;
    },
  };
}

async function fetchJson(fetcher: typeof fetch, address: string, strictType: boolean) {
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
    response = await fetcher(address, { signal, headers: { accept: "application/json" } });
    text = await response.text();
  } catch (error) {
    throw new AuthError("AuthProviderUnavailable", `Could not fetch ${address}: ${error}`, 503);
  }
  if (!response.ok) {
    const status = response.status >= 500 ? 503 : 401;
    throw new AuthError(
      "AuthProviderUnavailable",
      `${address} answered ${response.status}`,
      status,
    );
  }
  const type = (response.headers.get("content-type") ?? "").split(";")[0]?.trim();
  if (strictType && type !== "application/json" && type !== "application/jwk-set+json") {
    throw malformed(address, `its content type is "${type}"`);
  }
  return parse(text, address);
}

function readDataAddress(address: string): unknown {
  const comma = address.indexOf(",");
  const head = address.slice(0, comma);
  const body = decodeURIComponent(address.slice(comma + 1));
  const text = head.endsWith(";base64") ? Buffer.from(body, "base64").toString("utf8") : body;
  return parse(text, "the data: address of the key set");
}

function parse(text: string, where: string): unknown {
  if (text.length > MAX_DOCUMENT_BYTES) throw malformed(where, "it is too large");
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(where, "it is not JSON");
  }
}

function asKeySet(document: unknown, address: string): JSONWebKeySet {
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw malformed(address.slice(0, 80), "it is not a key set");
  return document as JSONWebKeySet;
}

function malformed(address: string, reason: string): AuthError {
  return new AuthError("InvalidAuthHeader", `Could not use ${address}: ${reason}`, 401);
}
