/** Where one is signed in, and ending it there: at once, also on open pages. */
import {
  Badge,
  Button,
  type Column,
  Panel,
  SkeletonBlock,
  Strip,
  Table,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useMutation, useQuery } from "convex/react";
import { api, type SessionRow } from "../backend.ts";

export function SessionsPanel() {
  const answer = useQuery(api.account.sessions);
  const endOne = useMutation(api.account.endSession);
  const endOthers = useMutation(api.account.endOtherSessions);
  const { run, busy, refusal } = useDeed();
  const sessions = answer?.state === "current" ? answer.sessions : null;
  const end = ({ sessionId }: SessionRow) => void run(() => endOne({ sessionId }));
  return (
    <Panel
      title="Where you are signed in"
      flush
      actions={
        sessions !== null &&
        sessions.length > 1 && (
          <Button busy={busy} onClick={() => void run(() => endOthers({}))}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      {refusal !== null && <Strip tone="bad">{refusal.message}</Strip>}
      {sessions === null ? (
        <SkeletonBlock heightRem={6} />
      ) : (
        <Table
          caption="Sessions"
          columns={columnsFor(end, busy)}
          rows={sessions}
          rowKey={({ sessionId }) => sessionId}
        />
      )}
    </Panel>
  );
}

function columnsFor(
  end: (session: SessionRow) => void,
  busy: boolean,
): ReadonlyArray<Column<SessionRow>> {
  return [
    {
      key: "since",
      title: "Since",
      cell: ({ createdAtMs, isThis }) => (
        <>
          <TimeAgo atMs={createdAtMs} /> {isThis && <Badge tone="good">This one</Badge>}
        </>
      ),
    },
    {
      key: "seen",
      title: "Last seen",
      cell: ({ refreshedAtMs }) => <TimeAgo atMs={refreshedAtMs} />,
    },
    {
      key: "end",
      title: "",
      align: "end",
      cell: (session) =>
        !session.isThis && (
          <Button tone="danger" busy={busy} onClick={() => end(session)}>
            Sign out
          </Button>
        ),
    },
  ];
}
