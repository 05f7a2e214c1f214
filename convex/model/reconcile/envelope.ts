/**
 * The event that would have told what a provider's object says: in the provider's own envelope, so that
 * the reader and the folds of webhooks take it for one.
 */
import type { Provider } from "@heliograph/domain";

/** `key` names the event, `atMs` is when it is so. */
export interface Envelope {
  readonly type: string;
  readonly object: unknown;
  readonly key: string;
  readonly atMs: number;
}

/** The body of the event. */
export function wrap(provider: Provider, envelope: Envelope): string {
  return JSON.stringify(bodyOf(provider, envelope));
}

function bodyOf(provider: Provider, { type, object, key, atMs }: Envelope): object {
  const at = new Date(atMs).toISOString();
  switch (provider) {
    case "stripe": {
      const created = Math.floor(atMs / 1000);
      const livemode = Object(object).livemode !== false;
      return { id: key, object: "event", type, created, livemode, data: { object } };
    }
    case "whop":
      return { id: key, api_version: "v1", timestamp: at, type, data: object };
    case "sellapp":
      return {
        ...{ id: key, event: type, occurred_at: at, data: object },
        store: { id: Object(object).store_id ?? null },
      };
    default:
      return provider satisfies never;
  }
}
