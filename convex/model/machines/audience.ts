/** The audience of machine JWTs: jwt.ts writes it, auth.config.ts (which imports nothing) accepts it. */
export const MACHINE_AUDIENCE = "heliograph-machine";
