/** Whole servers compared with what is wanted there: the reports, and a comparison by hand. */
import {
  Badge,
  Button,
  type Column,
  EmptyIcon,
  Inset,
  Notice,
  Panel,
  Row,
  Strip,
  Table,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { api, type RoleMapping, type RoleSweep } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { findingsText, SWEEP_TONES } from "./role-words.ts";

export function DriftPanel({ mappings }: { mappings: readonly RoleMapping[] }) {
  const client = useConvex();
  const deed = useDeed();
  const answer = useConsoleQuery(api.memberRoles.sweeps, {});
  const servers = new Map(mappings.map(({ guildId, guildName }) => [guildId, guildName]));
  const sweep = (guildId: string) =>
    void deed.run(() => client.mutation(api.memberRoles.sweepNow, { guildId }));
  return (
    <Panel
      title="Drift"
      about="Every hour each server is compared as a whole. What drifted is mended; roles given by hand are told and left alone."
      flush
    >
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      <QueryState answer={answer} heightRem={10}>
        {({ sweeps }) =>
          sweeps.length === 0 ? (
            <Notice icon={EmptyIcon} title="Nothing was compared yet">
              <p>The first comparison follows within an hour of the first mapping.</p>
            </Notice>
          ) : (
            <Table
              caption="Drift reports"
              columns={columnsFor(servers)}
              rows={sweeps}
              rowKey={({ sweepId }) => sweepId}
            />
          )
        }
      </QueryState>
      {servers.size > 0 && (
        <Inset>
          <Row>
            {[...servers].map(([guildId, name]) => (
              <Button key={guildId} busy={deed.busy} onClick={() => sweep(guildId)}>
                Compare {name} now
              </Button>
            ))}
          </Row>
        </Inset>
      )}
    </Panel>
  );
}

function columnsFor(servers: ReadonlyMap<string, string>): ReadonlyArray<Column<RoleSweep>> {
  return [
    { key: "server", title: "Server", cell: ({ guildId }) => servers.get(guildId) ?? guildId },
    { key: "asked", title: "Asked for", cell: ({ askedAtMs }) => <TimeAgo atMs={askedAtMs} /> },
    {
      key: "state",
      title: "State",
      cell: ({ sweepState }) => <Badge tone={SWEEP_TONES[sweepState]}>{sweepState}</Badge>,
    },
    { key: "found", title: "Found", cell: findingsText },
    { key: "cause", title: "By", cell: ({ cause }) => cause },
  ];
}
