/** Who writes while the engine is being killed: what all writers have in common. */
import type { Deployment } from "../../deployment/convex-cli.ts";
import { between, type Random } from "../random.ts";
import type { Findings } from "./findings.ts";
import type { Witness } from "./witness.ts";

export interface WriterDoors {
  readonly deployment: Deployment;
  readonly witness: Witness;
  readonly findings: Findings;
  readonly random: Random;
  /** Where scheduled actions leave their trace. */
  readonly hitUrl: string;
}

export interface Writer {
  /** Begins nothing new; resolves when nothing is open any more. */
  settle(): Promise<void>;
  /** Gives up what is still open. */
  close(): void;
}

/** One in this many writes schedules a mutation and an action, twice. */
const SCHEDULES_EVERY = 12;

export function writeArgs(writer: string, n: number, { random, hitUrl }: WriterDoors) {
  const isLong = random() < 0.05; // several pages of SQLite
  return {
    writer,
    n,
    parts: between(random, 1, 5),
    textBytes: isLong ? between(random, 5_000, 20_000) : between(random, 0, 300),
    schedules: n % SCHEDULES_EVERY === 0,
    hitUrl,
  };
}
