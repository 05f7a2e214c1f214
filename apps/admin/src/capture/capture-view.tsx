/** How each source is captured, and what concerns one: who is let in, its TradingView alerts. */
import { SelectField, Stack } from "@heliograph/ui";
import { useState } from "react";
import { api, type CapturedSource } from "../backend.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { AlertsPanel } from "./alerts-panel.tsx";
import { EndpointsPanel } from "./endpoints-panel.tsx";
import { HealthPanel } from "./health-panel.tsx";
import { ProgramsPanel } from "./programs-panel.tsx";
import { TemplatesPanel } from "./templates-panel.tsx";

export function CaptureView() {
  const answer = useConsoleQuery(api.capture.health, {});
  const sources = answer.state === "ready" ? answer.data.sources : [];
  const [chosenId, setChosenId] = useState<string | null>(null);
  const chosen = sources.find(({ sourceId }) => sourceId === chosenId) ?? sources[0];
  return (
    <Stack gap="wide">
      <HealthPanel answer={answer} />
      {chosen !== undefined && (
        <>
          <SelectField
            label="Source"
            hint="What follows is about this one."
            value={chosen.sourceId}
            onChange={({ currentTarget }) => setChosenId(currentTarget.value)}
            options={sources.map(({ sourceId, name }) => ({ value: sourceId, text: name }))}
          />
          <OneSource key={chosen.sourceId} source={chosen} />
        </>
      )}
    </Stack>
  );
}

function OneSource({ source }: { source: CapturedSource }) {
  const alerts = useConsoleQuery(api.tradingview.recent, { sourceId: source.sourceId });
  const latest = alerts.state === "ready" ? alerts.data.alerts[0]?.body : undefined;
  return (
    <>
      <ProgramsPanel sourceId={source.sourceId} />
      <EndpointsPanel source={source} />
      <TemplatesPanel sourceId={source.sourceId} latestAlert={latest ?? null} />
      <AlertsPanel answer={alerts} />
    </>
  );
}
