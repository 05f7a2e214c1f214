/** What waits for each target channel and why, and whether the channels show what is wanted. */
import { Stack } from "@heliograph/ui";
import { DriftPanel } from "./drift-panel.tsx";
import { QueuesPanel } from "./queues-panel.tsx";

export function QueuesView() {
  return (
    <Stack gap="wide">
      <QueuesPanel />
      <DriftPanel />
    </Stack>
  );
}
