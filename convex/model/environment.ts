/**
 * The deployment's environment variables, read in this one place.
 *
 * Undeclared on purpose: a declared one would need a convex.config.ts, which the
 * deployment does without.
 */
// The one place of the backend that reads the environment: everybody else asks here.
/* eslint-disable @convex-dev/no-process-env */
import { ConvexError } from "convex/values";

const NAMES = [
  "HELIOGRAPH_FEED_KEY_SECRET", // at least 32 characters; proves feed keys
  "HELIOGRAPH_MACHINE_ISSUER", // the `iss` of machine JWTs
  "HELIOGRAPH_MACHINE_JWT_PRIVATE_KEY", // ES256: a JWK or a PKCS8 PEM
  "HELIOGRAPH_MACHINE_JWKS", // data: URL of the public keys
  "HELIOGRAPH_INGEST_EVENTS_PER_MINUTE", // optional: what one source token may send
] as const;

export type EnvironmentName = (typeof NAMES)[number];

/** The variable's text, or undefined if it is not set. */
export function findEnvironment(name: EnvironmentName): string | undefined {
  const text = process.env[name];
  return text === "" ? undefined : text;
}

/** The variable's text. Throws `not_configured` if it is not set. */
export function getEnvironment(name: EnvironmentName): string {
  const text = findEnvironment(name);
  if (text !== undefined) return text;
  const message = `Set ${name} in the deployment's environment variables.`;
  throw new ConvexError({ code: "not_configured", message });
}
