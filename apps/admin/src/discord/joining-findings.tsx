/** A server under the doctor's eyes: whether the bot can add people to it. */
import { Badge, Quiet, Strip } from "@heliograph/ui";
import { api } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { FindingsList } from "./findings-list.tsx";

export function JoiningFindings({ guildId }: { guildId: string }) {
  const answer = useConsoleQuery(api.doctor.joining, { guildId });
  if (answer.state === "loading") return <Quiet>Looking at the server</Quiet>;
  if (answer.state === "failed") return <Strip tone="bad">{answer.message}</Strip>;
  const { findings } = answer.data;
  if (findings.length === 0) return <Badge tone="good">The bot can add people</Badge>;
  return <FindingsList findings={findings} />;
}
