/**
 * The short-lived JWT a machine token is exchanged for. Signed with the private
 * key of the environment (a JWK or PKCS8 PEM), verified by the platform with the
 * JWKS named in auth.config.ts. Only in actions: Web Crypto is not in queries.
 */
import { getEnvironment } from "../environment.ts";
import { MACHINE_AUDIENCE } from "./audience.ts";

/** Longest life of a JWT: a revoked machine that never opens a subscription ends by then. */
export const MOST_JWT_MS = 10 * 60_000;

export interface MachineClaims {
  readonly machineId: string;
  readonly kind: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

const ES256 = { name: "ECDSA", namedCurve: "P-256" };

/** Signs the claims. Throws if the environment has no usable key. */
export async function signMachineJwt(claims: MachineClaims): Promise<string> {
  const { key, kid } = await importPrivateKey(getEnvironment("HELIOGRAPH_MACHINE_JWT_PRIVATE_KEY"));
  const header = { alg: "ES256", typ: "JWT", kid: kid ?? firstKid() };
  const payload = {
    iss: getEnvironment("HELIOGRAPH_MACHINE_ISSUER"),
    sub: claims.machineId,
    aud: MACHINE_AUDIENCE,
    kind: claims.kind,
    iat: Math.floor(claims.issuedAtMs / 1000),
    exp: Math.floor(claims.expiresAtMs / 1000),
  };
  const signed = `${encodeJson(header)}.${encodeJson(payload)}`;
  const bytes = new TextEncoder().encode(signed);
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, bytes);
  return `${signed}.${encodeBytes(new Uint8Array(signature))}`;
}

async function importPrivateKey(text: string): Promise<{ key: CryptoKey; kid: string | null }> {
  if (text.trimStart().startsWith("{")) {
    const jwk: JsonWebKey & { kid?: string } = JSON.parse(text);
    const key = await crypto.subtle.importKey("jwk", jwk, ES256, false, ["sign"]);
    return { key, kid: jwk.kid ?? null };
  }
  const base64 = text.replace(/-----[A-Z ]+-----/g, "").replace(/\\n|\s/g, "");
  const der = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return { key: await crypto.subtle.importKey("pkcs8", der, ES256, false, ["sign"]), kid: null };
}

/** The id of the first public key: a PEM does not say which of them is its own. */
function firstKid(): string | undefined {
  const [, encoding, data = ""] =
    /^data:[^,]*?(;base64)?,(.*)$/s.exec(getEnvironment("HELIOGRAPH_MACHINE_JWKS")) ?? [];
  const text = encoding === ";base64" ? atob(data) : decodeURIComponent(data);
  const jwks: { keys: { kid?: string }[] } = JSON.parse(text);
  return jwks.keys[0]?.kid;
}

function encodeJson(value: object): string {
  return encodeBytes(new TextEncoder().encode(JSON.stringify(value)));
}

function encodeBytes(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
