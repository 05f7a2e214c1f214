/** The audience of machine JWTs: auth.config.ts accepts, jwt.ts writes. */
export const MACHINE_AUDIENCE = "heliograph-machine";
