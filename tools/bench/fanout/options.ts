/** Flags of `npm run bench -- fanout`. */
import { parseArgs } from "node:util";

export interface FanoutOptions {
  readonly subscribers: number;
  readonly signals: number;
  /** Signals per second. */
  readonly rate: number;
  readonly json: boolean;
}

/** Throws with a sentence that names the flag. */
export function readFanoutOptions(argv: readonly string[]): FanoutOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { subscribers: text, signals: text, rate: text, json: { type: "boolean" } },
  });
  const subscribers = positive("subscribers", values.subscribers ?? "200");
  return {
    subscribers,
    signals: positive("signals", values.signals ?? "200"),
    rate: positive("rate", values.rate ?? (subscribers > 200 ? "4" : "10")),
    json: values.json ?? false,
  };
}

function positive(flag: string, given: string): number {
  const value = Number(given);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${flag} must be a number above 0, not "${given}".`);
}
