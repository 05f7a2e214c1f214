/** Makes key pairs, key sets and tokens for tests of user authentication. */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

export type Algorithm = "RS256" | "ES256" | "EdDSA";

export async function createSigner(algorithm: Algorithm, kid = "key-1") {
  const { publicKey, privateKey } = await generateKeyPair(algorithm);
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" };
  const keySet = { keys: [jwk] };
  return {
    keySet,
    dataAddress: `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(keySet))}`,
    sign: (claims: JWTPayload, header: { kid?: string | undefined; alg?: Algorithm } = {}) => {
      const { kid: used = kid, alg = algorithm } = header;
      const named = "kid" in header && header.kid === undefined ? {} : { kid: used };
      return new SignJWT(claims).setProtectedHeader({ alg, ...named }).sign(privateKey);
    },
  };
}

export function inSeconds(nowMs: number, seconds: number): number {
  return Math.floor(nowMs / 1000) + seconds;
}
