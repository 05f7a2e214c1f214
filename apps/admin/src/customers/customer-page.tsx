/** One customer: access now, what they bought, who they are elsewhere, and why. */
import {
  Badge,
  Code,
  type Column,
  EmptyIcon,
  exactTime,
  Facts,
  Notice,
  Panel,
  Quiet,
  Stack,
  Table,
  TimeAgo,
} from "@heliograph/ui";
import { api, type Customer } from "../backend.ts";
import { MergePanel } from "../desk/merge-panel.tsx";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { tierWord } from "../sources/tier-word.ts";
import { StopsPanel } from "../stops/stops-panel.tsx";
import { untilText } from "./access-text.ts";
import { DiscordPanel } from "./discord-panel.tsx";
import { GrantsPanel } from "./grants-panel.tsx";
import { IdentitiesPanel } from "./identities-panel.tsx";
import { moneyText } from "./money-text.ts";
import { TimelinePanel } from "./timeline-panel.tsx";
import { WhatIfPanel } from "./what-if-panel.tsx";

export function CustomerPage({ userId, mayGive }: { userId: string; mayGive: boolean }) {
  const answer = useConsoleQuery(api.customers.show, { userId });
  return (
    <QueryState answer={answer} heightRem={24}>
      {({ customer }) =>
        customer === null ? (
          <Notice icon={EmptyIcon} title="There is no such customer">
            <p>The address names nobody.</p>
          </Notice>
        ) : (
          <Stack gap="wide">
            <FactsPanel customer={customer} />
            <IdentitiesPanel
              identities={customer.identities}
              mayFree={mayGive && customer.deletedAtMs === null}
            />
            <PurchasesPanel customer={customer} />
            <StopsPanel userId={customer.userId} mayRetry={mayGive} />
            {customer.discord !== null && <DiscordPanel discord={customer.discord} />}
            <GrantsPanel customer={customer} mayGive={mayGive} />
            <TimelinePanel userId={customer.userId} />
            <WhatIfPanel userId={customer.userId} />
            {mayGive && customer.email !== null && <MergePanel fromEmail={customer.email} />}
          </Stack>
        )
      }
    </QueryState>
  );
}

function FactsPanel({ customer }: { customer: Customer }) {
  const { access, deletedAtMs } = customer;
  return (
    <Panel
      title={customer.email ?? "Customer"}
      {...(customer.name !== null && { about: customer.name })}
    >
      <Facts
        rows={[
          ["Access now", <AccessNow key="access" access={access} />],
          ["User id", <Code key="id">{customer.userId}</Code>],
          ["Signed up", <TimeAgo key="signed-up" atMs={customer.signedUpAtMs} />],
          ...(deletedAtMs === null ? [] : [["Deleted", exactTime(deletedAtMs)] as const]),
        ]}
      />
    </Panel>
  );
}

function AccessNow({ access }: Pick<Customer, "access">) {
  if (access === null) return <Badge>None</Badge>;
  return (
    <>
      <Badge tone="good">{tierWord(access.tier)}</Badge> {untilText(access.untilMs)}
    </>
  );
}

const PURCHASE_COLUMNS: ReadonlyArray<Column<Customer["purchases"][number]>> = [
  { key: "plan", title: "Plan", cell: ({ planName }) => planName ?? "In no plan" },
  { key: "state", title: "State", cell: ({ state }) => <Badge>{state}</Badge> },
  {
    key: "terms",
    title: "In force",
    cell: ({ terms }) => {
      const last = terms.at(-1);
      if (last === undefined) return "Never";
      return `${exactTime(last.fromMs)} ${untilText(last.untilMs)}`;
    },
  },
  {
    key: "money",
    title: "Paid",
    align: "end",
    cell: ({ amount, amountRefunded, currency }) =>
      amountRefunded === 0
        ? moneyText(amount, currency)
        : `${moneyText(amount, currency)}, ${moneyText(amountRefunded, currency)} back`,
  },
  {
    key: "anchor",
    title: "At the provider",
    cell: ({ provider, anchor }) => (
      <>
        {provider} <Code>{anchor}</Code>
      </>
    ),
  },
];

function PurchasesPanel({ customer: { purchases } }: { customer: Customer }) {
  return (
    <Panel title="Purchases" flush={purchases.length > 0}>
      {purchases.length === 0 ? (
        <Quiet>Nothing was bought.</Quiet>
      ) : (
        <Table
          caption="Purchases"
          columns={PURCHASE_COLUMNS}
          rows={purchases}
          rowKey={({ purchaseId }) => purchaseId}
        />
      )}
    </Panel>
  );
}
