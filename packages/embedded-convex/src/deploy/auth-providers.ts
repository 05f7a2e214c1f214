/**
 * Reads the default export of auth.config.js into the providers that auth/ verifies
 * tokens with, or refuses the push with the reason.
 *
 * [PUSH20] An issuer without a scheme gets `https://` and must then look like a host.
 * [PUSH21] customJwt names issuer, jwks and algorithm; a mix of both kinds is refused.
 */
import type { JSONValue } from "convex/values";
import { PushError } from "../errors.ts";
import type { AuthProvider } from "../rooms.ts";

type Fields = { readonly [field: string]: JSONValue };

/** Null (no auth.config) reads as no providers. Throws PushError InvalidAuthConfig. */
export function readAuthProviders(config: JSONValue | null): readonly AuthProvider[] {
  if (config === null) return [];
  const providers = isObject(config) ? config.providers : undefined;
  if (!Array.isArray(providers)) throw invalid("its default export must be `{ providers: [...] }`");
  return providers.map(readProvider);
}

function readProvider(value: JSONValue, i: number): AuthProvider {
  if (!isObject(value)) throw invalid(`providers[${i}] is not an object`);
  if ("applicationId" in value) {
    throw invalid(`providers[${i}] has \`applicationId\`; the field is spelled \`applicationID\``);
  }
  return value.type === "customJwt" ? readCustomJwt(value, i) : readOidc(value, i);
}

function readOidc(value: Fields, i: number): AuthProvider {
  if (value.type !== undefined && value.type !== "oidc") {
    throw invalid(`providers[${i}].type must be "customJwt" or absent`);
  }
  allowFields(value, ["type", "domain", "applicationID"], i);
  return {
    domain: withScheme(text(value.domain, `providers[${i}].domain`)),
    applicationID: text(value.applicationID, `providers[${i}].applicationID`),
  };
}

function readCustomJwt(value: Fields, i: number): AuthProvider {
  allowFields(value, ["type", "issuer", "jwks", "algorithm", "applicationID"], i);
  const { algorithm, applicationID } = value;
  if (algorithm !== "RS256" && algorithm !== "ES256") {
    throw invalid(`providers[${i}].algorithm must be "RS256" or "ES256"`);
  }
  return {
    type: "customJwt",
    issuer: withScheme(text(value.issuer, `providers[${i}].issuer`)),
    jwks: jwksAddress(text(value.jwks, `providers[${i}].jwks`), i),
    algorithm,
    applicationID:
      applicationID === undefined || applicationID === null
        ? null
        : text(applicationID, `providers[${i}].applicationID`),
  };
}

function allowFields(value: Fields, allowed: readonly string[], i: number): void {
  const extra = Object.keys(value).find((field) => !allowed.includes(field));
  if (extra !== undefined) {
    throw invalid(`providers[${i}] has the unexpected field \`${extra}\``);
  }
}

function withScheme(issuer: string): string {
  const address = /^https?:\/\//.test(issuer) ? issuer : `https://${issuer}`;
  const host = URL.parse(address)?.hostname;
  if (host === undefined) throw invalid(`"${issuer}" is not an address`);
  const plausible = host === "localhost" || host.includes(".") || host.startsWith("[");
  if (!plausible) throw invalid(`"${issuer}" does not name a host`);
  return address;
}

function jwksAddress(jwks: string, i: number): string {
  if (/^data:|^https?:\/\//.test(jwks)) return jwks;
  throw invalid(`providers[${i}].jwks must be an http(s) or data: address`);
}

function text(value: JSONValue | undefined, where: string): string {
  if (typeof value !== "string" || value === "") {
    throw invalid(`${where} must be a string that is not empty`);
  }
  return value;
}

function isObject(value: JSONValue): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function invalid(detail: string): PushError {
  return new PushError("InvalidAuthConfig", `auth.config is not valid: ${detail}`);
}
