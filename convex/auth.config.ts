/**
 * Who may vouch for a caller. People: Convex Auth's JWT. Machines: a JWT of ours, checked against keys in the
 * environment, so nothing is fetched. Imports nothing: it is evaluated alone, at push.
 */
// It imports nothing, so it cannot take the variables from anywhere else.
/* eslint-disable @convex-dev/no-process-env */
import type { AuthConfig } from "convex/server";

export default {
  providers: [
    // Convex Auth's tokens name no key, which only this form allows: the deployment asks itself for the keys.
    { domain: process.env.CONVEX_SITE_URL as string, applicationID: "convex" },
    {
      type: "customJwt",
      algorithm: "ES256",
      applicationID: "heliograph-machine", // MACHINE_AUDIENCE of model/machines/audience.ts
      // An unset variable stops the push with its name, so these are strings here.
      issuer: process.env.HELIOGRAPH_MACHINE_ISSUER as string,
      jwks: process.env.HELIOGRAPH_MACHINE_JWKS as string,
    },
  ],
} satisfies AuthConfig;
