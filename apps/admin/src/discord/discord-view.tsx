/** Discord as the bots see it: who is online, what stands in the way, which servers plans open, what is silent, which channels there are. */
import { Stack } from "@heliograph/ui";
import { BotsPanel } from "./bots-panel.tsx";
import { DoctorPanel } from "./doctor-panel.tsx";
import { GuildsPanel } from "./guilds-panel.tsx";
import { OpenedGuildsPanel } from "./opened-guilds-panel.tsx";
import { SilencePanel } from "./silence-panel.tsx";

export function DiscordView() {
  return (
    <Stack gap="wide">
      <BotsPanel />
      <DoctorPanel />
      <OpenedGuildsPanel />
      <SilencePanel />
      <GuildsPanel />
    </Stack>
  );
}
