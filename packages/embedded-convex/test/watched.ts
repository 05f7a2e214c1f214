/** The latest result of a subscription, for tests that wait for what happens in the background. */
import type { ConvexClient } from "convex/browser";
import { query } from "./running-server.ts";

/** Throws what the query throws. Undefined until the first result. */
export function watched(client: ConvexClient, path: string, args = {}): () => unknown {
  let latest: { readonly value: unknown } | { readonly error: Error } = { value: undefined };
  client.onUpdate(
    query(path),
    args,
    (value: unknown) => {
      latest = { value };
    },
    (error) => {
      latest = { error };
    },
  );
  return () => {
    if ("error" in latest) throw latest.error;
    return latest.value;
  };
}
