/** Which bot process acts on which shard of guilds. */
import { Badge, type Column, EmptyIcon, Notice, Panel, Table, TimeAgo } from "@heliograph/ui";
import { api } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";

type Lease = { shard: number; holder: string | null; epoch: number; heldSinceMs: number };

const COLUMNS: ReadonlyArray<Column<Lease>> = [
  { key: "shard", title: "Shard", cell: ({ shard }) => `Shard ${shard}` },
  {
    key: "holder",
    title: "Held by",
    cell: ({ holder }) => (holder === null ? <Badge tone="bad">Nobody</Badge> : holder),
  },
  {
    key: "since",
    title: "Since",
    cell: ({ holder, heldSinceMs }) => holder !== null && <TimeAgo atMs={heldSinceMs} />,
  },
  { key: "epoch", title: "Epoch", align: "end", cell: ({ epoch }) => String(epoch) },
];

export function LeasesPanel() {
  const answer = useConsoleQuery(api.leases.list, {});
  return (
    <Panel title="Worker leases" about="One bot acts on a shard; the others stand by." flush>
      <QueryState answer={answer} heightRem={6}>
        {({ leases }) =>
          leases.length === 0 ? (
            <Notice icon={EmptyIcon} title="No bot has been here yet">
              <p>Mirrors wait until one takes a shard.</p>
            </Notice>
          ) : (
            <Table
              caption="Worker leases"
              columns={COLUMNS}
              rows={leases}
              rowKey={({ shard }) => String(shard)}
            />
          )
        }
      </QueryState>
    </Panel>
  );
}
