/** Flags of `npm run bench -- webhooks`. */
import { parseArgs } from "node:util";

export interface WebhooksOptions {
  /** Webhooks per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Viewers of the fan-out load beside it. */
  readonly subscribers: number;
  /** Posts per second of that load. */
  readonly posts: number;
  readonly json: boolean;
}

/** Throws with a sentence that names the flag. */
export function readWebhooksOptions(argv: readonly string[]): WebhooksOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...{ rate: text, seconds: text, subscribers: text, posts: text },
      json: { type: "boolean" },
    },
  });
  return {
    rate: positive("rate", values.rate ?? "100"),
    seconds: positive("seconds", values.seconds ?? "30"),
    subscribers: positive("subscribers", values.subscribers ?? "200"),
    posts: positive("posts", values.posts ?? "5"),
    json: values.json ?? false,
  };
}

function positive(flag: string, given: string): number {
  const value = Number(given);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${flag} must be a number above 0, not "${given}".`);
}
