/** What is unresolved, by cause. Events are replayed from here, all of one cause at once. */
import { Badge, Button, type Column, Panel, Strip, Table, TimeAgo, useDeed } from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type DeskGroup } from "../backend.ts";
import { causeText, repairText } from "../payments/payment-words.ts";

export function GroupsPanel({ groups }: { groups: readonly DeskGroup[] }) {
  const client = useConvex();
  const deed = useDeed();
  const replay = ({ kind, cause }: DeskGroup) => {
    if (kind === "purchase") return;
    void deed.run(() => client.mutation(api.desk.replayAll, { eventState: kind, cause }));
  };
  const columns: ReadonlyArray<Column<DeskGroup>> = [
    { key: "cause", title: "Cause", cell: ({ cause }) => causeText(cause) },
    {
      key: "count",
      title: "How many",
      cell: ({ count, isMore, isAlarming }) => (
        <Badge tone={isAlarming ? "bad" : "neutral"}>{isMore ? `${count}+` : String(count)}</Badge>
      ),
    },
    { key: "oldest", title: "Oldest", cell: ({ oldestAtMs }) => <TimeAgo atMs={oldestAtMs} /> },
    { key: "repair", title: "What to do", cell: ({ repair }) => repairText(repair) },
    {
      key: "replay",
      title: "",
      align: "end",
      cell: (group) =>
        group.kind !== "purchase" && (
          <Button
            disabled={deed.busy}
            aria-label={`Replay all: ${causeText(group.cause)}`}
            onClick={() => replay(group)}
          >
            Replay all
          </Button>
        ),
    },
  ];
  return (
    <Panel
      title="Unresolved"
      about="Nothing leaves this list but by being applied. Failed events are tried again by themselves."
      flush
    >
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      <Table
        caption="Unresolved"
        columns={columns}
        rows={groups}
        rowKey={({ kind, cause }) => `${kind} ${cause}`}
      />
    </Panel>
  );
}
