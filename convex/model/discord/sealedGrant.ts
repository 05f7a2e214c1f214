/** Tokens on their way into and out of the database. Only in actions. */
import type { Grant } from "./oauth.ts";
import { seal, unseal } from "./sealing.ts";
import type { SealedTokens } from "./validators.ts";

/** The two tokens of a grant. */
export type TokenPair = Pick<Grant, "accessToken" | "refreshToken">;

/** Seals a grant's tokens. */
export async function sealGrant(grant: Grant): Promise<SealedTokens> {
  const { accessToken, refreshToken, expiresAtMs } = grant;
  const { sealed, keyId } = await seal(JSON.stringify({ accessToken, refreshToken }));
  return { sealed, keyId, expiresAtMs };
}

/** The tokens; null if their key is not listed any more. */
export async function openGrant(sealed: string): Promise<TokenPair | null> {
  const text = await unseal(sealed);
  return text === null ? null : (JSON.parse(text) as TokenPair); // sealed means written by sealGrant
}
