/** Discord as the bots see it: who is online, which servers and channels there are. */
import { Stack } from "@heliograph/ui";
import { BotsPanel } from "./bots-panel.tsx";
import { GuildsPanel } from "./guilds-panel.tsx";

export function DiscordView() {
  return (
    <Stack gap="wide">
      <BotsPanel />
      <GuildsPanel />
    </Stack>
  );
}
