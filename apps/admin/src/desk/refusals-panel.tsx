/** Deliveries that were refused, by provider and cause. */
import { type Column, Panel, Table, TimeAgo } from "@heliograph/ui";
import type { WebhookRefusal } from "../backend.ts";
import { PROVIDER_NAMES, refusalText } from "../payments/payment-words.ts";

const COLUMNS: ReadonlyArray<Column<WebhookRefusal>> = [
  { key: "provider", title: "Provider", cell: ({ provider }) => PROVIDER_NAMES[provider] },
  { key: "cause", title: "Why", cell: ({ cause }) => refusalText(cause) },
  { key: "count", title: "How often", cell: ({ count }) => count },
  { key: "first", title: "First", cell: ({ firstAtMs }) => <TimeAgo atMs={firstAtMs} /> },
  { key: "last", title: "Last", cell: ({ lastAtMs }) => <TimeAgo atMs={lastAtMs} /> },
];

export function RefusalsPanel({ refusals }: { refusals: readonly WebhookRefusal[] }) {
  return (
    <Panel
      title="Refused deliveries"
      about="Nothing of what was sent is kept. Those of one second count once."
      flush
    >
      <Table
        caption="Refused deliveries"
        columns={COLUMNS}
        rows={refusals}
        rowKey={({ provider, cause }) => `${provider} ${cause}`}
      />
    </Panel>
  );
}
