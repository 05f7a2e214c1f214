/** Why the customer can see what they see, since when, because of what. */
import {
  Badge,
  Button,
  type Column,
  exactTime,
  Inset,
  Panel,
  Quiet,
  Row,
  Table,
} from "@heliograph/ui";
import { useState } from "react";
import { api, type Customer, type TimelineEntry } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { tierWord } from "../sources/tier-word.ts";
import { causeText, reasonText, untilText } from "./access-text.ts";

const COLUMNS: ReadonlyArray<Column<TimelineEntry>> = [
  { key: "at", title: "Since", cell: ({ atMs }) => exactTime(atMs) },
  {
    key: "access",
    title: "Access",
    cell: ({ tier, untilMs }) =>
      tier === null ? (
        <Badge>None</Badge>
      ) : (
        <>
          <Badge tone="good">{tierWord(tier)}</Badge> {untilText(untilMs)}
        </>
      ),
  },
  { key: "cause", title: "Decided by", cell: ({ cause }) => causeText(cause) },
  {
    key: "because",
    title: "Because of",
    cell: ({ because }) => (because.length === 0 ? "Nothing" : because.map(reasonText).join("; ")),
  },
];

export function TimelinePanel({ userId }: { userId: Customer["userId"] }) {
  const [cursors, setCursors] = useState<readonly string[]>([]); // of the pages after the first
  const answer = useConsoleQuery(api.access.timeline, { userId, cursor: cursors.at(-1) ?? null });
  return (
    <Panel title="Access over time" about="Newest first." flush>
      <QueryState answer={answer} heightRem={12}>
        {({ entries, cursor }) => (
          <>
            {entries.length === 0 ? (
              <Inset>
                <Quiet>There never was any access.</Quiet>
              </Inset>
            ) : (
              <Table
                caption="Access over time"
                columns={COLUMNS}
                rows={entries}
                rowKey={({ entryId }) => entryId}
              />
            )}
            {(cursors.length > 0 || cursor !== null) && (
              <Inset>
                <Row>
                  {cursors.length > 0 && (
                    <Button onClick={() => setCursors(cursors.slice(0, -1))}>Newer</Button>
                  )}
                  {cursor !== null && (
                    <Button onClick={() => setCursors([...cursors, cursor])}>Older</Button>
                  )}
                </Row>
              </Inset>
            )}
          </>
        )}
      </QueryState>
    </Panel>
  );
}
