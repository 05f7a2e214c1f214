/** The doctor's round: every source and route that something stands in the way of. */
import { Button, type Column, countText, Notice, Panel, StaffIcon, Table } from "@heliograph/ui";
import { useState } from "react";
import { api, type Patient } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { FindingsList } from "./findings-list.tsx";
import { type CheckedTarget, TargetDialog } from "./target-dialog.tsx";

export function DoctorPanel() {
  const answer = useConsoleQuery(api.doctor.round, {});
  const [open, setOpen] = useState<CheckedTarget | null>(null);
  const patients = answer.state === "ready" ? answer.data.patients : [];
  return (
    <Panel
      title="Doctor"
      about="What stands in the way of capturing and mirroring. It looks again by itself when something changes in Discord."
      flush
    >
      <QueryState answer={answer} heightRem={8}>
        {({ examined }) =>
          patients.length === 0 ? (
            <Notice icon={StaffIcon} title="Nothing stands in the way">
              <p>{countText(examined)} sources and routes were looked at.</p>
            </Notice>
          ) : (
            <Table
              caption="Findings"
              columns={columnsFor(setOpen)}
              rows={patients}
              rowKey={({ id }) => id}
            />
          )
        }
      </QueryState>
      <TargetDialog checked={open} onClose={() => setOpen(null)} />
    </Panel>
  );
}

function columnsFor(onOpen: (target: CheckedTarget) => void): ReadonlyArray<Column<Patient>> {
  return [
    {
      key: "name",
      title: "What",
      cell: ({ kind, name }) => `${kind === "source" ? "Source" : "Route to"} ${name}`,
    },
    {
      key: "findings",
      title: "Findings",
      wrap: true,
      cell: ({ findings }) => <FindingsList findings={findings} />,
    },
    {
      key: "test",
      title: "",
      align: "end",
      cell: ({ name, target }) =>
        target !== null && (
          <Button aria-label={`Check ${name}`} onClick={() => onOpen({ name, target })}>
            Check
          </Button>
        ),
    },
  ];
}
