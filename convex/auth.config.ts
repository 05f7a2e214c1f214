/**
 * Who may vouch for a caller. People: Convex Auth's JWT, which names no key in its header, so its keys are
 * found as OpenID Connect says: at the deployment's own site, which Convex Auth serves. Machines: a JWT of ours,
 * checked against keys in the environment. Imports nothing: it is evaluated alone, at push.
 */
// It imports nothing, so it cannot take the variables from anywhere else.
/* eslint-disable @convex-dev/no-process-env */
import type { AuthConfig } from "convex/server";

export default {
  providers: [
    {
      domain: process.env.CONVEX_SITE_URL as string,
      applicationID: "convex", // the audience that Convex Auth writes
    },
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
