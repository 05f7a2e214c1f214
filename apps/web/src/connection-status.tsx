/** The connection as a word in the header. */
import type { ConnectionPhase } from "@heliograph/live-client";
import { ConnectionChip, type Tone } from "@heliograph/ui";

const LOOKS: Record<ConnectionPhase, { tone: Tone; text: string }> = {
  connecting: { tone: "neutral", text: "Connecting" },
  live: { tone: "good", text: "Live" },
  reconnecting: { tone: "warn", text: "Reconnecting" },
  offline: { tone: "bad", text: "Offline, retrying" },
};

export function ConnectionStatus({ phase }: { phase: ConnectionPhase }) {
  const { tone, text } = LOOKS[phase];
  return (
    <ConnectionChip tone={tone} pulse={phase !== "live"}>
      {text}
    </ConnectionChip>
  );
}
