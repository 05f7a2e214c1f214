/** One provider: its newest runs, when the next one begins, and a button that does not wait for it. */
import {
  Badge,
  Button,
  type Column,
  Inset,
  Panel,
  Quiet,
  Strip,
  Table,
  TimeAgo,
  timeLeft,
  useDeed,
  useMinuteMs,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type ReconciledProvider, type ReconciliationRun } from "../backend.ts";
import { PROVIDER_NAMES } from "../payments/payment-words.ts";
import { DiffsDialog } from "./diffs-dialog.tsx";
import { problemText, progressText, RUN_TONES } from "./reconcile-words.ts";

type RunId = ReconciliationRun["runId"];

export function ProviderPanel({ known }: { known: ReconciledProvider }) {
  const { provider, isConfigured, runs, prices } = known;
  const client = useConvex();
  const deed = useDeed();
  const [open, setOpen] = useState<RunId | null>(null);
  const [newest] = runs;
  const start = () => void deed.run(() => client.mutation(api.reconcile.start, { provider }));
  return (
    <Panel
      title={PROVIDER_NAMES[provider]}
      {...(!isConfigured && { about: "No API key is set: webhooks that are lost stay lost." })}
      actions={
        <Button
          busy={deed.busy}
          disabled={!isConfigured || newest?.state === "running"}
          aria-label={`Compare with ${PROVIDER_NAMES[provider]} now`}
          onClick={start}
        >
          {newest?.state === "running" ? "Comparing" : "Compare now"}
        </Button>
      }
      flush
    >
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      {newest !== undefined && newest.problem !== null && (
        <Strip tone={newest.state === "failed" ? "bad" : "neutral"}>
          {problemText(newest.problem)}
        </Strip>
      )}
      {prices.map(({ planId, planName, message }) => (
        <Strip key={`${planId} ${message}`} tone="bad">
          {planName}: {message}
        </Strip>
      ))}
      {runs.length > 0 && (
        <Table
          caption={`Runs with ${PROVIDER_NAMES[provider]}`}
          columns={columnsFor(setOpen)}
          rows={runs}
          rowKey={({ runId }) => runId}
        />
      )}
      <Inset>
        <Next known={known} />
      </Inset>
      <DiffsDialog runId={open} onClose={() => setOpen(null)} />
    </Panel>
  );
}

function Next({ known: { nextAtMs, isConfigured, runs } }: { known: ReconciledProvider }) {
  const nowMs = useMinuteMs();
  if (!isConfigured) return <Quiet>Never compared without a key.</Quiet>;
  if (runs[0]?.state === "running") return <Quiet>A run is on its way.</Quiet>;
  if (nextAtMs === null) return <Quiet>The next run begins only when you start it.</Quiet>;
  const isDue = nextAtMs <= nowMs;
  return (
    <Quiet>The next run begins {isDue ? "within a minute" : timeLeft(nextAtMs, nowMs)}.</Quiet>
  );
}

function columnsFor(onOpen: (runId: RunId) => void): ReadonlyArray<Column<ReconciliationRun>> {
  return [
    {
      key: "started",
      title: "Started",
      cell: ({ startedAtMs }) => <TimeAgo atMs={startedAtMs} />,
    },
    {
      key: "state",
      title: "State",
      cell: ({ state }) => <Badge tone={RUN_TONES[state]}>{state}</Badge>,
    },
    { key: "progress", title: "Found", cell: progressText },
    { key: "cause", title: "By", cell: ({ cause }) => cause },
    {
      key: "open",
      title: "",
      align: "end",
      cell: ({ runId, repaired, failed }) =>
        repaired + failed > 0 && (
          <Button aria-label="Show the differences" onClick={() => onOpen(runId)}>
            Differences
          </Button>
        ),
    },
  ];
}
