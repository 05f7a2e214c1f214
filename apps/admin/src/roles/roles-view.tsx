/** Roles in Discord: which tier holds which, whose are not as wanted, and what whole servers were found to hold. */
import { Stack } from "@heliograph/ui";
import { api } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { DriftPanel } from "./drift-panel.tsx";
import { MappingsPanel } from "./mappings-panel.tsx";
import { MembersPanel } from "./members-panel.tsx";

export function RolesView() {
  const answer = useConsoleQuery(api.roleMappings.list, {});
  return (
    <Stack gap="wide">
      <MappingsPanel answer={answer} />
      <MembersPanel />
      <DriftPanel mappings={answer.state === "ready" ? answer.data.mappings : []} />
    </Stack>
  );
}
