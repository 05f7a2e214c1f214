/** Two callers with the same key are the same to every query. */
import type { Identity } from "../rooms.ts";

/** Text that is equal for two identities exactly when no query can tell them apart. */
export function identityKey(identity: Identity): string {
  switch (identity.kind) {
    case "none":
      return "none";
    case "user":
      return `user ${sortedJson(identity.attributes)}`;
    case "admin":
      return `admin ${sortedJson(identity.actingAs)}`;
    case "unknown":
      return `unknown ${identity.error}`;
    default:
      return identity satisfies never;
  }
}

function sortedJson(value: object | null): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
