/**
 * From a verified token's claims to what `getUserIdentity()` returns.
 *
 * [AUTH20] OIDC: standard claims get their camelCase names, registered ones vanish,
 *          the others are copied.
 * [AUTH21] customJwt: every private claim under its own name, nested ones flattened with dots.
 */
import type { JSONValue } from "convex/values";
import type { JWTPayload } from "jose";
import type { UserAttributes } from "../rooms.ts";

const OIDC_NAMES: Readonly<Record<string, string>> = {
  name: "name",
  given_name: "givenName",
  family_name: "familyName",
  nickname: "nickname",
  preferred_username: "preferredUsername",
  profile: "profileUrl",
  picture: "pictureUrl",
  website: "websiteUrl",
  email: "email",
  email_verified: "emailVerified",
  gender: "gender",
  birthdate: "birthday",
  zoneinfo: "timezone",
  locale: "language",
  phone_number: "phoneNumber",
  phone_number_verified: "phoneNumberVerified",
};
const REGISTERED = new Set(["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "fva"]);

export function attributesOfOidc(
  claims: JWTPayload,
  issuer: string,
  subject: string,
): UserAttributes {
  const attributes: Record<string, JSONValue> = {};
  for (const [claim, value] of privateClaims(claims)) {
    const name = OIDC_NAMES[claim];
    if (name !== undefined) attributes[name] = value;
    else if (claim === "address") Object.assign(attributes, formattedAddress(value));
    else if (claim === "updated_at") Object.assign(attributes, updatedAt(value));
    else attributes[claim] = value;
  }
  return { ...attributes, ...identifiers(issuer, subject) };
}

export function attributesOfCustomJwt(
  claims: JWTPayload,
  issuer: string,
  subject: string,
): UserAttributes {
  const attributes: Record<string, JSONValue> = {};
  for (const [claim, value] of privateClaims(claims)) flatten(attributes, claim, value);
  return { ...attributes, ...identifiers(issuer, subject) };
}

/** The issuer stays as the token has it: the identifier depends on it. */
function identifiers(issuer: string, subject: string) {
  return { tokenIdentifier: `${issuer}|${subject}`, issuer, subject };
}

function privateClaims(claims: JWTPayload): [string, JSONValue][] {
  return Object.entries(claims as { [claim: string]: JSONValue | undefined }).flatMap(
    ([claim, value]): [string, JSONValue][] =>
      REGISTERED.has(claim) || value === undefined ? [] : [[claim, value]],
  );
}

function flatten(into: Record<string, JSONValue>, name: string, value: JSONValue): void {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    into[name] = value;
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== undefined) flatten(into, `${name}.${key}`, inner);
  }
}

function formattedAddress(value: JSONValue): Record<string, JSONValue> {
  const formatted =
    value !== null && typeof value === "object" && !Array.isArray(value) ? value.formatted : value;
  return typeof formatted === "string" ? { address: formatted } : {};
}

function updatedAt(value: JSONValue): Record<string, JSONValue> {
  if (typeof value !== "number") return typeof value === "string" ? { updatedAt: value } : {};
  const date = new Date(value * 1000);
  return Number.isNaN(date.getTime()) ? {} : { updatedAt: date.toISOString() };
}
