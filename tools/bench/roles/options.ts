/** Flags of `npm run bench -- roles`. */
import { parseArgs } from "node:util";

export interface RolesOptions {
  readonly members: number;
  /** Members a second whose access ends, in the first part. */
  readonly rate: number;
  /** Channels that get a signal a second meanwhile. */
  readonly targets: number;
  /** Role changes that the simulated Discord allows in a second in one server. */
  readonly bucket: number;
  readonly json: boolean;
}

/** Throws with a sentence that names the flag. */
export function readRolesOptions(argv: readonly string[]): RolesOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...{ members: text, rate: text, targets: text, bucket: text },
      json: { type: "boolean" },
    },
  });
  return {
    members: positive("members", values.members ?? "200"),
    rate: positive("rate", values.rate ?? "10"),
    targets: positive("targets", values.targets ?? "25"), // half of what Discord allows a bot
    bucket: positive("bucket", values.bucket ?? "12"), // 200 in 17 s: the least that can hold the promise
    json: values.json ?? false,
  };
}

function positive(flag: string, given: string): number {
  const value = Number(given);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${flag} must be a whole number above 0, not "${given}".`);
}
