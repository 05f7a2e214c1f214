/** Machine identities and the bots' leases. */
import {
  Badge,
  Button,
  type Column,
  ConfirmDeed,
  EmptyIcon,
  Notice,
  Panel,
  Row,
  Stack,
  Strip,
  Table,
  TimeAgo,
  type Tone,
  timeLeft,
  useDeed,
  useMinuteMs,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type Machine } from "../backend.ts";
import { alertAddress } from "../capture/alert-address.ts";
import { QueryState } from "../query-state.tsx";
import type { StaffRole } from "../session/console-session.ts";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { FreshToken } from "./fresh-token.tsx";
import { IssuePanel } from "./issue-panel.tsx";
import { LeasesPanel } from "./leases-panel.tsx";

const STATE_TONES: Record<Machine["state"], Tone> = {
  active: "good",
  revoked: "bad",
  expired: "neutral",
};

type MachinesViewProps = { ownMachineId: string | null; role: StaffRole };

export function MachinesView({ ownMachineId, role }: MachinesViewProps) {
  const answer = useConsoleQuery(api.machines.list, {});
  const [revoking, setRevoking] = useState<Machine | null>(null);
  const [fresh, setFresh] = useState<string | null>(null);
  const client = useConvex();
  const rotating = useDeed();
  const nowMs = useMinuteMs();
  const rotate = ({ machineId, kind }: Machine) =>
    void rotating.run(async () => {
      const { token } = await client.action(api.machines.rotateAsStaff, { machineId });
      setFresh(kind === "tradingview" ? alertAddress(token) : token);
    });
  return (
    <Stack gap="wide">
      <Panel
        title="Machines"
        about="Sources, bots and consoles that hold a token. Revoking ends their open connections at once."
        flush
      >
        {fresh !== null && <FreshToken token={fresh} />}
        {rotating.refusal !== null && <Strip tone="bad">{rotating.refusal.message}</Strip>}
        <QueryState answer={answer} heightRem={16}>
          {({ machines }) =>
            machines.length === 0 ? (
              <Notice icon={EmptyIcon} title="No machines">
                <p>Issue one below, or on the command line.</p>
              </Notice>
            ) : (
              <Table
                caption="Machines"
                columns={columnsFor(ownMachineId, nowMs, { rotate, revoke: setRevoking, role })}
                rows={machines}
                rowKey={({ machineId }) => machineId}
              />
            )
          }
        </QueryState>
      </Panel>
      <IssuePanel role={role} />
      <LeasesPanel />
      <RevokeMachine
        machine={revoking}
        isOwn={revoking !== null && revoking.machineId === ownMachineId}
        onDone={() => setRevoking(null)}
      />
    </Stack>
  );
}

function columnsFor(
  ownMachineId: string | null,
  nowMs: number,
  acts: {
    rotate: (machine: Machine) => void;
    revoke: (machine: Machine) => void;
    role: StaffRole;
  },
): ReadonlyArray<Column<Machine>> {
  return [
    {
      key: "name",
      title: "Machine",
      cell: ({ name, machineId }) => (machineId === ownMachineId ? `${name} (this console)` : name),
    },
    { key: "kind", title: "Kind", cell: ({ kind }) => kind },
    {
      key: "state",
      title: "State",
      cell: ({ state }) => <Badge tone={STATE_TONES[state]}>{state}</Badge>,
    },
    { key: "created", title: "Made", cell: ({ createdAtMs }) => <TimeAgo atMs={createdAtMs} /> },
    {
      key: "used",
      title: "Last used",
      cell: ({ lastUsedAtMs }) =>
        lastUsedAtMs === null ? "Never" : <TimeAgo atMs={lastUsedAtMs} />,
    },
    { key: "shownTo", title: "Token shown to", cell: ({ shownTo }) => shownTo ?? "" },
    { key: "ends", title: "Ends", cell: (machine) => endText(machine, nowMs) },
    {
      key: "revoke",
      title: "",
      align: "end",
      cell: (machine) =>
        machine.state === "active" && (
          <Row>
            {(machine.kind !== "console" || acts.role === "owner") && (
              <Button onClick={() => acts.rotate(machine)}>Rotate</Button>
            )}
            <Button tone="danger" onClick={() => acts.revoke(machine)}>
              Revoke
            </Button>
          </Row>
        ),
    },
  ];
}

function endText({ endedAtMs, expiresAtMs }: Machine, nowMs: number) {
  if (endedAtMs !== null) return <TimeAgo atMs={endedAtMs} label="Ended" />;
  return expiresAtMs === null ? "When revoked" : timeLeft(expiresAtMs, nowMs);
}

type RevokeProps = { machine: Machine | null; isOwn: boolean; onDone: () => void };

function RevokeMachine({ machine, isOwn, onDone }: RevokeProps) {
  const client = useConvex();
  return (
    <ConfirmDeed
      subject={machine}
      title={({ name }) => `Revoke ${name}?`}
      consequence={() =>
        isOwn
          ? "This is the console you are using: it closes at once, and this cannot be undone."
          : "Its open connections go silent at once. This cannot be undone; a new token has to be issued."
      }
      action={() => "Revoke"}
      deed={({ machineId }) => client.mutation(api.machines.revoke, { machineId })}
      onDone={onDone}
    />
  );
}
