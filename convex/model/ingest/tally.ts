/** How many items of a batch ended how. */
import type { Infer } from "convex/values";
import type { vItemStatus } from "./validators.ts";

export interface Tally {
  accepted: number;
  duplicate: number;
  stale: number;
  rejected: number;
}

/** Counts the results of a batch. */
export function tallyOf(results: readonly { status: Infer<typeof vItemStatus> }[]): Tally {
  const tally: Tally = { accepted: 0, duplicate: 0, stale: 0, rejected: 0 };
  for (const { status } of results) tally[status] += 1;
  return tally;
}

/** The sum of two tallies. */
export function addTallies(a: Tally, b: Tally): Tally {
  return {
    accepted: a.accepted + b.accepted,
    duplicate: a.duplicate + b.duplicate,
    stale: a.stale + b.stale,
    rejected: a.rejected + b.rejected,
  };
}
