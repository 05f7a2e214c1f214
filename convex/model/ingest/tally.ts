/** How many items of a batch ended how. */
import type { Infer } from "convex/values";
import type { Id } from "../../_generated/dataModel.js";
import type { vItemStatus, vSourceCounts } from "./validators.ts";

export type SourceCounts = Infer<typeof vSourceCounts>;

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

/** What the batch was for each source; an item that was rejected belongs to none. */
export function countBySource(
  taken: readonly { sourceId: Id<"sources">; status: Infer<typeof vItemStatus> }[],
): SourceCounts[] {
  const counts = new Map<string, SourceCounts>();
  for (const { sourceId, status } of taken) {
    if (status === "rejected") continue;
    const known = counts.get(sourceId) ?? { sourceId, accepted: 0, duplicate: 0, stale: 0 };
    known[status] += 1;
    counts.set(sourceId, known);
  }
  return [...counts.values()];
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
