/** What this screen measured itself. */
import type { LatencyTally } from "@heliograph/live-client";
import { MeasureStrip, msText } from "@heliograph/ui";
import { useSyncExternalStore } from "react";

export function FeedAside({ tally }: { tally: LatencyTally }) {
  const { lastMs, p50Ms, p95Ms, count } = useSyncExternalStore(tally.subscribe, tally.snapshot);
  const note =
    count === 0
      ? "Measured from the moment a signal is received to the moment it is painted here."
      : `From received to painted here: ${count === 1 ? "one signal" : `the last ${Math.min(count, 200)} signals`}.`;
  return (
    <MeasureStrip
      title="Delay to this screen"
      note={note}
      measures={[
        { label: "Last delay", value: msText(lastMs) },
        { label: "p50", value: msText(p50Ms) },
        { label: "p95", value: msText(p95Ms) },
      ]}
    />
  );
}
