/** A self-hosted Convex deployment in one Node process. */
export { systemClock } from "./clock.ts";
export { AuthError, StoreError } from "./errors.ts";
export type { Clock, Logger, LogLevel } from "./rooms.ts";
export {
  type EmbeddedConvex,
  type EmbeddedConvexOptions,
  startEmbeddedConvex,
} from "./server.ts";
