/**
 * Attributes of the user an admin acts as: the shape `getUserIdentity()` returns,
 * checked because it comes from outside.
 *
 * [AUTH3] It has `tokenIdentifier`, or `issuer` and `subject` from which it follows.
 */
import type { JSONValue } from "convex/values";
import { AuthError } from "../errors.ts";
import type { UserAttributes } from "../rooms.ts";

/** Throws AuthError 400 when the identity cannot be told from it. */
export function readUserAttributes(value: unknown): UserAttributes {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed();
  const claims = value as { readonly [claim: string]: JSONValue };
  const { tokenIdentifier, issuer, subject } = claims;
  if (typeof tokenIdentifier === "string") {
    return { ...claims, tokenIdentifier, ...identifierParts(tokenIdentifier, issuer, subject) };
  }
  if (typeof issuer !== "string" || typeof subject !== "string") throw malformed();
  return { ...claims, tokenIdentifier: `${issuer}|${subject}`, issuer, subject };
}

function identifierParts(identifier: string, issuer: unknown, subject: unknown) {
  const bar = identifier.indexOf("|");
  return {
    issuer: typeof issuer === "string" ? issuer : identifier.slice(0, Math.max(bar, 0)),
    subject: typeof subject === "string" ? subject : identifier.slice(bar + 1),
  };
}

function malformed(): AuthError {
  return new AuthError(
    "InvalidActingAs",
    "An identity needs `tokenIdentifier`, or both `issuer` and `subject`",
    400,
  );
}
