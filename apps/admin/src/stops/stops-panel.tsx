/** What had to stop at a provider: how far it is, why it failed, and trying it again. */
import {
  Badge,
  Button,
  Code,
  type Column,
  Link,
  Panel,
  Stack,
  Strip,
  Table,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type ProviderStop } from "../backend.ts";
import { PROVIDER_NAMES } from "../payments/payment-words.ts";
import { pathOf } from "../router.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { codeText, reasonText, shortRef, stateOf, whatText } from "./stop-words.ts";

type StopsPanelProps = { userId: ProviderStop["userId"]; mayRetry: boolean };

/** Of one person everything; else what failed or is under way. Shows nothing where there is nothing. */
export function StopsPanel({ userId, mayRetry }: StopsPanelProps) {
  const answer = useConsoleQuery(api.stops.list, { userId });
  const client = useConvex();
  const deed = useDeed();
  if (answer.state !== "ready" || answer.data.stops.length === 0) return null;
  const retry = ({ stopId }: ProviderStop) =>
    void deed.run(() => client.mutation(api.stops.retry, { stopId }));
  const columns = [
    ...FACTS,
    ...(userId === null ? [CUSTOMER] : []),
    ...(mayRetry ? [retryColumn(deed.busy, retry)] : []),
  ];
  return (
    <Panel
      title="To be stopped at the providers"
      about="Renewals of people who left, and checkout pages nobody may pay at any more."
      flush
    >
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      <Table
        caption="To be stopped at the providers"
        columns={columns}
        rows={answer.data.stops}
        rowKey={({ stopId }) => stopId}
      />
    </Panel>
  );
}

const FACTS: ReadonlyArray<Column<ProviderStop>> = [
  {
    key: "what",
    title: "What",
    cell: (stop) => (
      <Stack gap="tight">
        <div>
          {whatText(stop)} with {PROVIDER_NAMES[stop.provider]}{" "}
          <Badge tone={stateOf(stop).tone}>{stateOf(stop).text}</Badge>
        </div>
        {stop.code !== null && <div>{codeText(stop.code)}</div>}
        <div>
          <Code>{shortRef(stop)}</Code>
        </div>
      </Stack>
    ),
  },
  { key: "reason", title: "Why", cell: reasonText },
  { key: "since", title: "Since", cell: ({ wantedAtMs }) => <TimeAgo atMs={wantedAtMs} /> },
];

const CUSTOMER: Column<ProviderStop> = {
  key: "customer",
  title: "Customer",
  cell: ({ userId }) =>
    userId === null ? (
      "Deleted"
    ) : (
      <Link href={`${pathOf("customers")}?${new URLSearchParams({ user: userId })}`}>
        Open the customer
      </Link>
    ),
};

function retryColumn(busy: boolean, retry: (stop: ProviderStop) => void): Column<ProviderStop> {
  return {
    key: "retry",
    title: "",
    align: "end",
    cell: (stop) =>
      stop.state === "failed" && (
        <Button disabled={busy} aria-label={`Try again: ${stop.ref}`} onClick={() => retry(stop)}>
          Try again
        </Button>
      ),
  };
}
