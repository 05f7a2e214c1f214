/** One payment event: what it led to, what it says, and a replay that is shown before it is done. */
import {
  Button,
  Code,
  Columns,
  Dialog,
  Facts,
  Panel,
  Row,
  Stack,
  Strip,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type PaymentEvent, type ReplayDiff } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { OutcomeFacts } from "./outcome-facts.tsx";
import { PROVIDER_NAMES } from "./payment-words.ts";

type EventId = PaymentEvent["eventId"];

export function EventDialog({
  eventId,
  onClose,
}: {
  eventId: EventId | null;
  onClose: () => void;
}) {
  return (
    <Dialog
      open={eventId !== null}
      onOpenChange={(open) => !open && onClose()}
      title="Payment event"
      description="Personal data and card data are masked."
    >
      {eventId !== null && <EventDetails eventId={eventId} />}
    </Dialog>
  );
}

function EventDetails({ eventId }: { eventId: EventId }) {
  const answer = useConsoleQuery(api.desk.event, { eventId });
  return (
    <QueryState answer={answer} heightRem={20}>
      {({ event, outcome, maskedBody }) => (
        <Stack>
          <Facts
            rows={[
              ["Provider", PROVIDER_NAMES[event.provider]],
              ["Type", <Code key="type">{event.type}</Code>],
              ["Key", <Code key="key">{event.key}</Code>],
              ["Received", <TimeAgo key="at" atMs={event.receivedAtMs} />],
              ["By", event.origin],
              ...(event.detail === null ? [] : [["Detail", event.detail] as const]),
            ]}
          />
          <OutcomeFacts outcome={outcome} />
          <Replay eventId={eventId} />
          <details>
            <summary>What the provider sent</summary>
            <pre>
              <Code>{maskedBody}</Code>
            </pre>
          </details>
        </Stack>
      )}
    </QueryState>
  );
}

function Replay({ eventId }: { eventId: EventId }) {
  const client = useConvex();
  const deed = useDeed();
  const [diff, setDiff] = useState<ReplayDiff | null>(null);
  const preview = () =>
    void deed.run(async () => setDiff(await client.mutation(api.desk.previewReplay, { eventId })));
  const replay = () =>
    void deed.run(async () => {
      await client.mutation(api.desk.replay, { eventId });
      setDiff(null);
    });
  return (
    <Stack>
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      {diff !== null && <Diff diff={diff} />}
      <Row>
        <Button busy={deed.busy} onClick={preview}>
          What would a replay change?
        </Button>
        {diff?.failure === null && (
          <Button tone="solid" busy={deed.busy} onClick={replay}>
            Replay
          </Button>
        )}
      </Row>
    </Stack>
  );
}

function Diff({ diff: { before, after, failure } }: { diff: ReplayDiff }) {
  if (failure !== null) return <Strip tone="bad">It would fail: {failure.detail}</Strip>;
  if (JSON.stringify(before) === JSON.stringify(after)) {
    return <Strip tone="neutral">A replay would change nothing.</Strip>;
  }
  return (
    <Columns>
      <Panel title="Before">
        <OutcomeFacts outcome={before} />
      </Panel>
      <Panel title="After">
        <OutcomeFacts outcome={after} />
      </Panel>
    </Columns>
  );
}
