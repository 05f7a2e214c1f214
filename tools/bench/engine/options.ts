/** Flags of `npm run bench -- engine`. */
import { parseArgs } from "node:util";

export const MEASUREMENTS = [
  "mutations64",
  "mutationP50",
  "queryP50",
  "readFlat",
  "commitFlat",
  "findOneOf10000",
  "idleSocketsMB",
  "startSeconds",
  "loopDelayP99",
  "ingestDuringSignIns",
] as const;
export type MeasurementName = (typeof MEASUREMENTS)[number];

export interface EngineOptions {
  readonly only: readonly MeasurementName[];
  readonly json: boolean;
}

/** Throws with a sentence that names the flag. */
export function readEngineOptions(argv: readonly string[]): EngineOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { only: { type: "string" }, json: { type: "boolean" } },
  });
  const wanted = values.only === undefined ? MEASUREMENTS : values.only.split(",").map(nameOf);
  return { only: MEASUREMENTS.filter((name) => wanted.includes(name)), json: values.json ?? false };
}

function nameOf(given: string): MeasurementName {
  const name = MEASUREMENTS.find((known) => known === given);
  if (name === undefined)
    throw new Error(`--only takes names of ${MEASUREMENTS.join(", ")}, not "${given}".`);
  return name;
}
