/** Says in one word how a page stands to its deployment, from the official client's own state. */
import type { ConnectionState } from "convex/browser";

/**
 * connecting: never been connected, first tries.  live: connected.
 * reconnecting: was connected, is trying again.
 * offline: the browser has no network, or several tries in a row failed. Tries go on in all but live.
 */
export type ConnectionPhase = "connecting" | "live" | "reconnecting" | "offline";

type Seen = Pick<
  ConnectionState,
  "isWebSocketConnected" | "hasEverConnected" | "connectionRetries"
>;

const TRIES_BEFORE_OFFLINE = 4; // with the client's backoff: about 15 s without an answer

/** Pure; `hasNetwork` is the browser's own word for it. */
export function connectionPhase(seen: Seen, hasNetwork: boolean): ConnectionPhase {
  if (seen.isWebSocketConnected) return "live";
  if (!hasNetwork || seen.connectionRetries >= TRIES_BEFORE_OFFLINE) return "offline";
  return seen.hasEverConnected ? "reconnecting" : "connecting";
}
