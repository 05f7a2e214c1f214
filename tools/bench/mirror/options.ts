/** Flags of `npm run bench -- mirror`. */
import { parseArgs } from "node:util";

export interface MirrorOptions {
  readonly targets: number;
  readonly seconds: number;
  /** Signals per second. */
  readonly rate: number;
  readonly json: boolean;
}

/** Throws with a sentence that names the flag. */
export function readMirrorOptions(argv: readonly string[]): MirrorOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { targets: text, seconds: text, rate: text, json: { type: "boolean" } },
  });
  return {
    targets: positive("targets", values.targets ?? "40"),
    seconds: positive("seconds", values.seconds ?? "60"),
    rate: positive("rate", values.rate ?? "1"),
    json: values.json ?? false,
  };
}

function positive(flag: string, given: string): number {
  const value = Number(given);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${flag} must be a number above 0, not "${given}".`);
}
