/** The list as it is drawn: signals, and one quiet line for deletions nobody here saw happen. */
import type { FeedSignal } from "../backend.ts";

export type FeedRow =
  | { type: "signal"; key: string; signal: FeedSignal }
  | { type: "removed"; key: string; feed: string; firstSeq: number; lastSeq: number };

/**
 * Rows for signals, newest first. A deleted signal that was shown live stays a row of its own;
 * neighbouring ones of a feed that never were shown share a line.
 */
export function feedRows(
  signals: readonly FeedSignal[],
  seenLive: ReadonlySet<string>,
): readonly FeedRow[] {
  const rows: FeedRow[] = [];
  for (const signal of signals) {
    const { feed, seq } = signal;
    const last = rows.at(-1);
    if (signal.state === "live" || seenLive.has(signal.signalId)) {
      rows.push({ type: "signal", key: signal.signalId, signal });
    } else if (last?.type === "removed" && last.feed === feed && last.firstSeq === seq + 1) {
      last.firstSeq = seq;
    } else {
      rows.push({
        type: "removed",
        key: `removed-${feed}-${seq}`,
        feed,
        firstSeq: seq,
        lastSeq: seq,
      });
    }
  }
  return rows;
}
