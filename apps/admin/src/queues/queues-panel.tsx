/** The targets with something open, each with its reasons and a way to try it now. */
import {
  Badge,
  Button,
  Code,
  type Column,
  EmptyIcon,
  Notice,
  Panel,
  Quiet,
  Stack,
  Strip,
  Table,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type TargetQueue } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";

export function QueuesPanel() {
  const client = useConvex();
  const deed = useDeed();
  const answer = useConsoleQuery(api.mirrors.queues, {});
  const retry = ({ channelId }: TargetQueue) =>
    void deed.run(() => client.mutation(api.mirrors.retry, { channelId }));
  return (
    <Panel
      title="Queues"
      about="Posts on their way, by target. One that is slow or closed holds up no other, and is tried again by itself."
      flush
    >
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      <QueryState answer={answer} heightRem={10}>
        {({ targets, isMore }) =>
          targets.length === 0 ? (
            <Notice icon={EmptyIcon} title="Nothing waits">
              <p>Every target shows what is wanted.</p>
            </Notice>
          ) : (
            <>
              <Table
                caption="Queues"
                columns={columnsFor(retry, deed.busy)}
                rows={targets}
                rowKey={({ channelId }) => channelId}
              />
              {isMore && <Strip tone="info">There is more than is counted here.</Strip>}
            </>
          )
        }
      </QueryState>
    </Panel>
  );
}

function columnsFor(
  retry: (target: TargetQueue) => void,
  busy: boolean,
): ReadonlyArray<Column<TargetQueue>> {
  return [
    { key: "target", title: "Target", cell: ({ targetName }) => targetName },
    { key: "channel", title: "Channel", cell: ({ channelId }) => <Code>{channelId}</Code> },
    { key: "due", title: "Due", align: "end", cell: ({ due }) => String(due) },
    { key: "waiting", title: "Waiting", align: "end", cell: ({ waiting }) => String(waiting) },
    { key: "failed", title: "Failed", align: "end", cell: ({ failed }) => String(failed) },
    { key: "oldest", title: "Oldest", cell: ({ oldestAtMs }) => <TimeAgo atMs={oldestAtMs} /> },
    { key: "reasons", title: "Why", cell: (target) => <Reasons target={target} /> },
    {
      key: "retry",
      title: "",
      align: "end",
      cell: (target) =>
        target.waiting + target.failed > 0 && (
          <Button busy={busy} onClick={() => retry(target)}>
            Retry now
          </Button>
        ),
    },
  ];
}

function Reasons({ target: { reasons } }: { target: TargetQueue }) {
  return (
    <Stack gap="tight">
      {reasons.map(({ code, message, count }) => (
        <div key={code}>
          <Badge tone="warn">{`${code} × ${count}`}</Badge>
          <Quiet>{message}</Quiet>
        </div>
      ))}
    </Stack>
  );
}
