/** Sources and routes: which channels are captured, and where they are mirrored. */
import { Stack } from "@heliograph/ui";
import { api } from "../backend.ts";
import { RoutesPanel } from "../routes/routes-panel.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { SourcesPanel } from "./sources-panel.tsx";

export function SourcesView() {
  const sources = useConsoleQuery(api.sources.list, {});
  const routes = useConsoleQuery(api.routes.list, {});
  return (
    <Stack gap="wide">
      <SourcesPanel answer={sources} />
      <RoutesPanel
        answer={routes}
        sources={sources.state === "ready" ? sources.data.sources : []}
      />
    </Stack>
  );
}
