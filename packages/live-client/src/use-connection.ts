/** React's view of the connection. */
import type { ConvexReactClient } from "convex/react";
import { useSyncExternalStore } from "react";
import { type ConnectionPhase, connectionPhase } from "./connection-phase.ts";

type Watched = Pick<ConvexReactClient, "connectionState" | "subscribeToConnectionState">;

/** The phase, rendered again only when the word changes. */
export function useConnectionPhase(client: Watched): ConnectionPhase {
  return useSyncExternalStore(
    (onChange) => watchConnection(client, onChange),
    () => phaseNow(client),
  );
}

/** Calls back whenever the phase may have changed; returns the way to stop. */
export function watchConnection(client: Watched, onChange: () => void): () => void {
  const stop = client.subscribeToConnectionState(onChange);
  window.addEventListener("online", onChange);
  window.addEventListener("offline", onChange);
  return () => {
    stop();
    window.removeEventListener("online", onChange);
    window.removeEventListener("offline", onChange);
  };
}

/** The phase at this moment. */
export function phaseNow(client: Pick<Watched, "connectionState">): ConnectionPhase {
  return connectionPhase(client.connectionState(), navigator.onLine);
}
