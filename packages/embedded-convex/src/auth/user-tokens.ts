/**
 * Verifies user tokens (JWT) against the providers of the active auth config.
 *
 * [AUTH12] The provider is the first whose issuer and, where it names one, audience fit;
 *          without one the answer is 401 NoAuthProvider.
 * [AUTH13] OIDC: keys by discovery, RS256 or EdDSA, `iat`, `sub` and `exp` required.
 * [AUTH14] customJwt: the key by `kid`, only the configured algorithm, 5 s of leeway.
 */
import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { AuthError } from "../errors.ts";
import type { AuthProvider, Clock, Identity } from "../rooms.ts";
import type { KeySets } from "./key-sets.ts";
import { attributesOfCustomJwt, attributesOfOidc } from "./user-claims.ts";

const CUSTOM_LEEWAY_SECONDS = 5;

export type UserIdentity = Identity & { kind: "user" };

export interface UserTokens {
  /** Throws AuthError (401; 503 when a provider cannot be reached). */
  verify(token: string): Promise<UserIdentity>;
}

type CustomJwt = Extract<AuthProvider, { type: "customJwt" }>;
type Oidc = Exclude<AuthProvider, CustomJwt>;

/** `providers` is asked for each token: a push may change them. */
export function createUserTokens(options: {
  readonly providers: () => readonly AuthProvider[];
  readonly keySets: KeySets;
  readonly clock: Clock;
}): UserTokens {
  const { providers, keySets, clock } = options;
  return {
    verify: async (token) => {
      const unverified = decode(token);
      const provider = findProvider(providers(), unverified);
      const claims =
        "type" in provider
          ? await verifyCustom(token, provider, keySets, clock)
          : await verifyOidc(token, provider, unverified.iss, keySets, clock);
      const { iss, sub, exp } = claims;
      if (iss === undefined || sub === undefined || exp === undefined) {
        throw invalid("The token must have the claims `iss`, `sub` and `exp`");
      }
      const attributes = "type" in provider ? attributesOfCustomJwt : attributesOfOidc;
      return {
        kind: "user",
        attributes: attributes(claims, iss, sub),
        expiresAtMs: exp * 1000,
        token,
      };
    },
  };
}

function decode(token: string): JWTPayload & { iss: string } {
  let payload: JWTPayload;
  try {
    payload = decodeJwt(token);
  } catch {
    throw invalid("Could not parse as a JWT: the token is malformed");
  }
  const { iss } = payload;
  if (typeof iss !== "string")
    throw invalid("Could not parse as a JWT: the claim `iss` is missing");
  return { ...payload, iss };
}

function findProvider(providers: readonly AuthProvider[], claims: JWTPayload & { iss: string }) {
  const issuer = comparable(claims.iss);
  const found = providers.find(
    (provider) =>
      comparable(issuerOf(provider)) === issuer && acceptsAudience(provider, claims.aud),
  );
  if (found !== undefined) return found;
  throw new AuthError("NoAuthProvider", noProviderText(providers), 401);
}

function noProviderText(providers: readonly AuthProvider[]): string {
  const configured = providers.map(
    (provider) => `${issuerOf(provider)} (applicationID ${provider.applicationID ?? "any"})`,
  );
  const list = configured.length === 0 ? "none" : configured.join(", ");
  return `No auth provider found matching the given token. Check that the token's issuer and audience match one of the providers in auth.config. Configured providers: ${list}`;
}

function issuerOf(provider: AuthProvider): string {
  return "type" in provider ? provider.issuer : provider.domain;
}

function comparable(issuer: string): string {
  const address = /^https?:\/\//.test(issuer) ? issuer : `https://${issuer}`;
  return address.replace(/\/+$/, "");
}

function acceptsAudience(provider: AuthProvider, audience: unknown): boolean {
  if (provider.applicationID === null) return true;
  const audiences: unknown[] = Array.isArray(audience) ? audience : [audience];
  return audiences.includes(provider.applicationID);
}

async function verifyOidc(
  token: string,
  provider: Oidc,
  issuer: string,
  keySets: KeySets,
  clock: Clock,
): Promise<JWTPayload> {
  const address = await keySets.discover(provider.domain);
  try {
    return await withRenewal(keySets, address, false, async (keys) => {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ["RS256", "EdDSA"],
        issuer,
        audience: provider.applicationID,
        requiredClaims: ["iat", "sub", "exp"],
        currentDate: new Date(clock.nowMs()),
      });
      return payload;
    });
  } catch (error) {
    if (error instanceof AuthError) throw error;
    throw new AuthError(
      "Unauthenticated",
      "Could not verify OIDC token claim. Check that the token signature is valid and the token hasn't expired.",
      401,
    );
  }
}

async function verifyCustom(
  token: string,
  provider: CustomJwt,
  keySets: KeySets,
  clock: Clock,
): Promise<JWTPayload> {
  const { jwks, algorithm, applicationID } = provider;
  try {
    return await withRenewal(keySets, jwks, true, async (keys) => {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        algorithms: [algorithm],
        ...(applicationID === null ? {} : { audience: applicationID }),
        requiredClaims: ["iss", "sub", "exp"],
        clockTolerance: CUSTOM_LEEWAY_SECONDS,
        currentDate: new Date(clock.nowMs()),
      });
      if (protectedHeader.kid === undefined) throw invalid("The token's header has no `kid`");
      return payload;
    });
  } catch (error) {
    throw error instanceof AuthError ? error : invalid(customText(error));
  }
}

/** Runs with the known keys and, when none fits, once more with newly fetched ones. */
async function withRenewal<T>(
  keySets: KeySets,
  address: string,
  strictType: boolean,
  run: (keys: ReturnType<typeof createLocalJWKSet>) => Promise<T>,
): Promise<T> {
  try {
    return await run(createLocalJWKSet(await keySets.keySet(address, { strictType })));
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    return await run(createLocalJWKSet(await keySets.keySet(address, { strictType, renew: true })));
  }
}

function customText(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "Could not verify the token: it has expired";
  if (error instanceof errors.JWKSNoMatchingKey) {
    return "Could not verify the token: no key of the provider's set fits its `kid` and algorithm";
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "Could not verify the token: its signature is wrong";
  }
  return `Could not verify the token: ${error instanceof Error ? error.message : String(error)}`;
}

function invalid(message: string): AuthError {
  return new AuthError("InvalidAuthHeader", message, 401);
}
