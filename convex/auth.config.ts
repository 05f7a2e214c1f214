/** Who may vouch for a caller. Machines: a JWT of ours, checked against the JWKS in the environment. */
import type { AuthConfig } from "convex/server";
import { MACHINE_AUDIENCE } from "./model/machines/audience.ts";

export default {
  providers: [
    {
      type: "customJwt",
      algorithm: "ES256",
      applicationID: MACHINE_AUDIENCE,
      // An unset variable stops the push with its name, so these are strings here.
      issuer: process.env.HELIOGRAPH_MACHINE_ISSUER as string,
      jwks: process.env.HELIOGRAPH_MACHINE_JWKS as string,
    },
  ],
} satisfies AuthConfig;
