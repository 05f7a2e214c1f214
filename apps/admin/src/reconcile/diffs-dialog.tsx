/** What a run has repaired: each difference with where purchase and access stood before and after. */
import { Code, type Column, Dialog, Table } from "@heliograph/ui";
import { api, type ReconciliationDiff, type ReconciliationRun } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { sideText } from "./reconcile-words.ts";

type RunId = ReconciliationRun["runId"];

const COLUMNS: ReadonlyArray<Column<ReconciliationDiff>> = [
  { key: "ref", title: "About", cell: ({ ref }) => <Code>{ref}</Code> },
  { key: "type", title: "What was never told", cell: ({ type }) => <Code>{type}</Code> },
  { key: "before", title: "Before", cell: ({ before }) => sideText(before) },
  { key: "after", title: "After", cell: ({ after }) => sideText(after) },
];

export function DiffsDialog({ runId, onClose }: { runId: RunId | null; onClose: () => void }) {
  return (
    <Dialog
      open={runId !== null}
      onOpenChange={(open) => !open && onClose()}
      title="What was repaired"
      description="The first hundred differences of this run. Each is an event in the log."
    >
      {runId !== null && <Diffs runId={runId} />}
    </Dialog>
  );
}

function Diffs({ runId }: { runId: RunId }) {
  const answer = useConsoleQuery(api.reconcile.diffs, { runId });
  return (
    <QueryState answer={answer} heightRem={20}>
      {({ diffs }) => (
        <Table
          caption="What was repaired"
          columns={COLUMNS}
          rows={diffs}
          rowKey={({ eventId }) => eventId}
        />
      )}
    </QueryState>
  );
}
