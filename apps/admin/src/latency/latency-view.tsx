/** p50, p95 and p99 per surface against the target, for the last hour and day. */
import {
  Badge,
  type Column,
  countText,
  EmptyIcon,
  LatencyChart,
  msText,
  Notice,
  Panel,
  Segmented,
  Stack,
  Table,
} from "@heliograph/ui";
import { useState } from "react";
import { api, type SurfaceSummary } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { surfaceName, TARGET_MS, toneOf } from "./surfaces.ts";

type Window = "hour" | "day";

const WINDOWS = [
  { value: "hour", text: "Last hour" },
  { value: "day", text: "Last day" },
] as const;

const COLUMNS: ReadonlyArray<Column<SurfaceSummary>> = [
  { key: "surface", title: "Surface", cell: ({ surface }) => surfaceName(surface) },
  { key: "count", title: "Samples", align: "end", cell: ({ count }) => countText(count) },
  { key: "p50", title: "p50", align: "end", cell: ({ p50 }) => msText(p50) },
  { key: "p95", title: "p95", align: "end", cell: ({ p95 }) => msText(p95) },
  { key: "p99", title: "p99", align: "end", cell: ({ p99 }) => msText(p99) },
  { key: "verdict", title: "p95 to target", cell: ({ p95 }) => <Verdict p95={p95} /> },
];

export function LatencyView() {
  const [window, setWindow] = useState<Window>("hour");
  const answer = useConsoleQuery(api.receipts.summary, { window });
  return (
    <Stack gap="wide">
      <Panel
        title="Latency by surface"
        about={`From received to seen, as each surface reports it. Target: p95 within ${TARGET_MS} ms.`}
        actions={<Segmented label="Window" value={window} options={WINDOWS} onChange={setWindow} />}
        flush
      >
        <QueryState answer={answer} heightRem={13}>
          {({ surfaces }) => (
            <Table
              caption="Latency by surface"
              columns={COLUMNS}
              rows={surfaces}
              rowKey={({ surface }) => surface}
            />
          )}
        </QueryState>
      </Panel>
      <Panel title="p95 over time">
        <QueryState answer={answer} heightRem={17}>
          {({ surfaces }) => <OverTime surfaces={surfaces} />}
        </QueryState>
      </Panel>
    </Stack>
  );
}

function OverTime({ surfaces }: { surfaces: readonly SurfaceSummary[] }) {
  const series = surfaces
    .filter(({ count }) => count > 0)
    .map(({ surface, series: points }) => ({
      name: surfaceName(surface),
      points: points.map(({ atMs, p95 }) => ({ atMs, valueMs: p95 })),
    }));
  if (series.length === 0) {
    return (
      <Notice icon={EmptyIcon} title="Nothing was reported in this window">
        <p>Viewers and bots report within half a minute of the first signal they see.</p>
      </Notice>
    );
  }
  return <LatencyChart series={series} targetMs={TARGET_MS} />;
}

function Verdict({ p95 }: { p95: number | null }) {
  const { tone } = toneOf(p95);
  if (tone === undefined) return <Badge>No data</Badge>;
  return <Badge tone={tone}>{tone === "good" ? "Within target" : "Over target"}</Badge>;
}
