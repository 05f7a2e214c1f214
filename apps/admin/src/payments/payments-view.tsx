/** The log of payment events: what providers said, newest first, and what became of it. */
import {
  Badge,
  Button,
  Code,
  type Column,
  EmptyIcon,
  Inset,
  Notice,
  Panel,
  Row,
  SelectField,
  Stack,
  Table,
  TimeAgo,
} from "@heliograph/ui";
import { useState } from "react";
import { api, type PaymentEvent } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { EventDialog } from "./event-dialog.tsx";
import { causeText, EVENT_TONES, PROVIDER_NAMES } from "./payment-words.ts";

const PROVIDERS = ["stripe", "whop", "sellapp"] as const;
const STATES = ["applied", "waiting", "failed", "ignored"] as const;

type Filter = { provider: PaymentEvent["provider"] | null; state: PaymentEvent["state"] | null };

export function PaymentsView() {
  const [filter, setFilter] = useState<Filter>({ provider: null, state: null });
  return (
    <Stack gap="wide">
      <Row>
        <SelectField
          label="Provider"
          value={filter.provider ?? ""}
          options={optionsOf(PROVIDERS, (name) => PROVIDER_NAMES[name])}
          onChange={({ target }) =>
            setFilter({ ...filter, provider: chosen(PROVIDERS, target.value) })
          }
        />
        <SelectField
          label="State"
          value={filter.state ?? ""}
          options={optionsOf(STATES, (name) => name)}
          onChange={({ target }) => setFilter({ ...filter, state: chosen(STATES, target.value) })}
        />
      </Row>
      <EventsPanel key={`${filter.provider} ${filter.state}`} filter={filter} />
    </Stack>
  );
}

function EventsPanel({ filter }: { filter: Filter }) {
  // Where each page began, so that one can go back; the last is the one that is shown.
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const [open, setOpen] = useState<PaymentEvent["eventId"] | null>(null);
  const answer = useConsoleQuery(api.desk.events, {
    provider: filter.provider,
    eventState: filter.state,
    cause: null,
    cursor: cursors.at(-1) ?? null,
  });
  return (
    <Panel
      title="Payment events"
      about="Everything that a provider said, stored once and as it came."
      flush
    >
      <QueryState answer={answer} heightRem={24}>
        {({ rows, nextCursor }) => (
          <>
            {rows.length === 0 ? (
              <Notice icon={EmptyIcon} title="No events">
                <p>Deliveries of your providers appear here at once.</p>
              </Notice>
            ) : (
              <Table
                caption="Payment events"
                columns={columnsFor(setOpen)}
                rows={rows}
                rowKey={({ eventId }) => eventId}
              />
            )}
            <Inset>
              <Row>
                {cursors.length > 1 && (
                  <Button onClick={() => setCursors(cursors.slice(0, -1))}>Newer</Button>
                )}
                {nextCursor !== null && (
                  <Button onClick={() => setCursors([...cursors, nextCursor])}>Older</Button>
                )}
              </Row>
            </Inset>
          </>
        )}
      </QueryState>
      <EventDialog eventId={open} onClose={() => setOpen(null)} />
    </Panel>
  );
}

function columnsFor(
  onOpen: (eventId: PaymentEvent["eventId"]) => void,
): ReadonlyArray<Column<PaymentEvent>> {
  return [
    { key: "type", title: "Event", cell: ({ type }) => <Code>{type}</Code> },
    { key: "provider", title: "Provider", cell: ({ provider }) => PROVIDER_NAMES[provider] },
    {
      key: "state",
      title: "State",
      cell: ({ state }) => <Badge tone={EVENT_TONES[state]}>{state}</Badge>,
    },
    { key: "cause", title: "Why", cell: ({ cause }) => causeText(cause) },
    {
      key: "received",
      title: "Received",
      cell: ({ receivedAtMs }) => <TimeAgo atMs={receivedAtMs} />,
    },
    {
      key: "open",
      title: "",
      align: "end",
      cell: ({ eventId, type }) => (
        <Button aria-label={`Open ${type}`} onClick={() => onOpen(eventId)}>
          Open
        </Button>
      ),
    },
  ];
}

function optionsOf<Name extends string>(names: readonly Name[], textOf: (name: Name) => string) {
  return [
    { value: "", text: "All" },
    ...names.map((name) => ({ value: name, text: textOf(name) })),
  ];
}

function chosen<Name extends string>(names: readonly Name[], value: string): Name | null {
  return names.find((name) => name === value) ?? null;
}
