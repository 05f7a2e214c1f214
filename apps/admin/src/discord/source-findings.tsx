/** A channel that is to be captured under the doctor's eyes. */
import { Strip } from "@heliograph/ui";
import { api } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import type { Place } from "./channel-picker.tsx";
import { FindingsList } from "./findings-list.tsx";

export function SourceFindings({ place: { guildId, channelId } }: { place: Place }) {
  const answer = useConsoleQuery(api.doctor.source, { guildId, channelId });
  if (answer.state !== "ready") return null; // the form works without it
  const { findings } = answer.data;
  if (findings.length === 0) return <Strip tone="good">The bot can read this channel.</Strip>;
  return <FindingsList findings={findings} />;
}
