/** What the customer may see at any time, by the rules that decide for real. */
import {
  Badge,
  type Column,
  exactTime,
  Facts,
  Form,
  Inset,
  Panel,
  Table,
  TextField,
} from "@heliograph/ui";
import { useState } from "react";
import { api, type Customer, type Explanation } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { tierWord } from "../sources/tier-word.ts";
import { reasonText, untilText } from "./access-text.ts";
import { readTime } from "./read-time.ts";

export function WhatIfPanel({ userId }: { userId: Customer["userId"] }) {
  const [atMs, setAtMs] = useState<number | null>(null);
  const [error, setError] = useState<string | null>(null);
  const ask = async (form: FormData) => {
    const at = readTime(form.get("at"));
    const isTime = typeof at === "number";
    setError(isTime ? null : "Give a date and time.");
    if (isTime) setAtMs(at);
    return false; // the field keeps what was asked
  };
  return (
    <Panel
      title="What if"
      about="Access as of any time, from what is known now, with everything that was weighed."
      flush
    >
      <Inset>
        <Form label="What if" action="Look" busy={false} error={null} onSubmit={ask}>
          <TextField name="at" type="datetime-local" label="As of" error={error} />
        </Form>
      </Inset>
      {atMs !== null && <Explained userId={userId} atMs={atMs} />}
    </Panel>
  );
}

const COLUMNS: ReadonlyArray<Column<Explanation["entitlements"][number]>> = [
  { key: "tier", title: "Tier", cell: ({ tier }) => tierWord(tier) },
  { key: "from", title: "From", cell: ({ fromMs }) => exactTime(fromMs) },
  { key: "until", title: "Until", cell: ({ untilMs }) => untilText(untilMs) },
  {
    key: "force",
    title: "Then",
    cell: ({ isInForce }) => (isInForce ? <Badge tone="good">in force</Badge> : "not in force"),
  },
  { key: "because", title: "Because of", cell: ({ because }) => reasonText(because) },
];

function Explained({ userId, atMs }: { userId: Customer["userId"]; atMs: number }) {
  const answer = useConsoleQuery(api.access.explain, { userId, atMs });
  return (
    <QueryState answer={answer} heightRem={8}>
      {({ decision, changesAtMs, entitlements }) => (
        <>
          <Inset>
            <Facts
              rows={[
                ["As of", exactTime(atMs)],
                [
                  "Access",
                  decision === null
                    ? "None"
                    : `${tierWord(decision.tier)} ${untilText(decision.untilMs)}`,
                ],
                ["Changes", changesAtMs === null ? "Nothing known" : exactTime(changesAtMs)],
              ]}
            />
          </Inset>
          {entitlements.length > 0 && (
            <Table
              caption="Entitlements"
              columns={COLUMNS}
              rows={entitlements}
              rowKey={({ because, fromMs }) => `${because.id} ${fromMs}`}
            />
          )}
        </>
      )}
    </QueryState>
  );
}
