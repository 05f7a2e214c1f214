/** The newest alerts of a source, as they came. */
import {
  Badge,
  Code,
  type Column,
  EmptyIcon,
  Notice,
  Panel,
  Table,
  TimeAgo,
  type Tone,
} from "@heliograph/ui";
import type { ReceivedAlert } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import type { Answer } from "../session/use-console-query.ts";

const RENDERINGS: Record<ReceivedAlert["rendering"], { word: string; tone: Tone }> = {
  template: { word: "By template", tone: "good" },
  plain: { word: "Without template", tone: "neutral" },
  fallback: { word: "Template did not fit", tone: "warn" },
};

const COLUMNS: ReadonlyArray<Column<ReceivedAlert>> = [
  { key: "at", title: "Received", cell: ({ receivedAtMs }) => <TimeAgo atMs={receivedAtMs} /> },
  {
    key: "rendering",
    title: "Posted",
    cell: ({ rendering }) => {
      const { word, tone } = RENDERINGS[rendering];
      return <Badge tone={tone}>{word}</Badge>;
    },
  },
  {
    key: "missing",
    title: "Missing values",
    cell: ({ missing }) => (missing.length === 0 ? "None" : missing.join(", ")),
  },
  { key: "repeats", title: "Came again", align: "end", cell: ({ repeats }) => String(repeats) },
  { key: "body", title: "Alert", cell: ({ body }) => <Code>{body}</Code> },
];

export function AlertsPanel({ answer }: { answer: Answer<{ alerts: ReceivedAlert[] }> }) {
  return (
    <Panel
      title="Latest alerts"
      about="As TradingView sent them, without credentials. Kept for a week."
      flush
    >
      <QueryState answer={answer} heightRem={8}>
        {({ alerts }) =>
          alerts.length === 0 ? (
            <Notice icon={EmptyIcon} title="No alerts yet">
              <p>They appear here the moment they come.</p>
            </Notice>
          ) : (
            <Table
              caption="Latest alerts"
              columns={COLUMNS}
              rows={alerts}
              rowKey={({ alertId }) => alertId}
            />
          )
        }
      </QueryState>
    </Panel>
  );
}
