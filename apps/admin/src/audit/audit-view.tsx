/** What staff did: the newest first, and everything about one thing. */
import {
  Button,
  Code,
  type Column,
  EmptyIcon,
  Notice,
  Panel,
  Row,
  Stack,
  Table,
  TimeAgo,
} from "@heliograph/ui";
import { useState } from "react";
import { api, type LoggedDeed } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";

export function AuditView() {
  const [subject, setSubject] = useState<string | null>(null);
  return (
    <Stack gap="wide">
      <Log key={subject} subject={subject} onSubject={setSubject} />
    </Stack>
  );
}

type LogProps = { subject: string | null; onSubject: (subject: string | null) => void };

/** `cursors` are those of the pages before, so that one can go back. */
function Log({ subject, onSubject }: LogProps) {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const answer = useConsoleQuery(api.audit.list, { subject, cursor: cursors.at(-1) ?? null });
  return (
    <Panel
      title={subject === null ? "Audit log" : "Audit log of one subject"}
      about="Written in the same transaction as the deed, and never changed."
      actions={subject !== null && <Button onClick={() => onSubject(null)}>Show everything</Button>}
      flush
    >
      <QueryState answer={answer} heightRem={24}>
        {({ deeds, cursor }) => (
          <>
            {deeds.length === 0 ? (
              <Notice icon={EmptyIcon} title="Nothing yet">
                <p>What staff do appears here by itself.</p>
              </Notice>
            ) : (
              <Table
                caption="Deeds"
                columns={columnsFor(onSubject)}
                rows={deeds}
                rowKey={({ deedId }) => deedId}
              />
            )}
            <Row>
              {cursors.length > 1 && (
                <Button onClick={() => setCursors(cursors.slice(0, -1))}>Newer</Button>
              )}
              {cursor !== null && (
                <Button onClick={() => setCursors([...cursors, cursor])}>Older</Button>
              )}
            </Row>
          </>
        )}
      </QueryState>
    </Panel>
  );
}

function columnsFor(onSubject: (subject: string) => void): ReadonlyArray<Column<LoggedDeed>> {
  return [
    { key: "at", title: "When", cell: ({ atMs }) => <TimeAgo atMs={atMs} /> },
    { key: "who", title: "Who", cell: ({ actorName }) => actorName },
    { key: "what", title: "Deed", cell: ({ action }) => <Code>{action}</Code> },
    {
      key: "subject",
      title: "Subject",
      cell: ({ subject, subjectName }) => (
        <Button onClick={() => onSubject(subject)}>{subjectName ?? subject}</Button>
      ),
    },
    { key: "detail", title: "Detail", cell: ({ detail }) => detail ?? "" },
  ];
}
