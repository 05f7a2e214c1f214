/** The last comparison of each target with what is wanted there. */
import {
  Badge,
  Button,
  Code,
  type Column,
  EmptyIcon,
  Notice,
  Panel,
  Stat,
  StatRow,
  Strip,
  Table,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type TargetCheck } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";

export function DriftPanel() {
  const client = useConvex();
  const deed = useDeed();
  const answer = useConsoleQuery(api.drift.list, {});
  return (
    <Panel
      title="Drift"
      about="What the last check of each channel found and repaired. Each is checked every few hours."
      flush
      actions={
        <Button
          busy={deed.busy}
          onClick={() => void deed.run(() => client.mutation(api.drift.checkAll, {}))}
        >
          Check all now
        </Button>
      }
    >
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      <QueryState answer={answer} heightRem={10}>
        {({ checks, drift }) =>
          checks.length === 0 ? (
            <Notice icon={EmptyIcon} title="No channel was checked yet">
              <p>A bot checks the targets by and by.</p>
            </Notice>
          ) : (
            <>
              <StatRow>
                <Stat
                  label="Differences found"
                  value={String(drift)}
                  tone={drift === 0 ? "good" : "warn"}
                />
              </StatRow>
              <Table
                caption="Drift"
                columns={COLUMNS}
                rows={checks}
                rowKey={({ channelId }) => channelId}
              />
            </>
          )
        }
      </QueryState>
    </Panel>
  );
}

const COLUMNS: ReadonlyArray<Column<TargetCheck>> = [
  { key: "channel", title: "Channel", cell: ({ channelId }) => <Code>{channelId}</Code> },
  {
    key: "checked",
    title: "Checked",
    cell: ({ state, checkedAtMs }) => {
      if (state === "wanted") return <Badge tone="info">Under way</Badge>;
      return checkedAtMs === null ? "Never" : <TimeAgo atMs={checkedAtMs} />;
    },
  },
  { key: "compared", title: "Compared", align: "end", cell: ({ compared }) => String(compared) },
  { key: "missing", title: "Missing", align: "end", cell: ({ missing }) => String(missing) },
  { key: "changed", title: "Changed", align: "end", cell: ({ changed }) => String(changed) },
  { key: "strays", title: "Strays", align: "end", cell: ({ strays }) => String(strays) },
  {
    key: "code",
    title: "Problem",
    cell: ({ code }) => code !== null && <Badge tone="warn">{code}</Badge>,
  },
];
