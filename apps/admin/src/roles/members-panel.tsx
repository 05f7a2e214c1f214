/** Whose roles are not as wanted, why, and having one tried now. */
import {
  Badge,
  Button,
  Code,
  type Column,
  EmptyIcon,
  Inset,
  Notice,
  Panel,
  Row,
  SelectField,
  Strip,
  Table,
  TimeAgo,
  useDeed,
} from "@heliograph/ui";
import { useConvex } from "convex/react";
import { useState } from "react";
import { api, type MemberRoles } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { STATE_TONES } from "./role-words.ts";

type State = MemberRoles["state"];

const STATES = ["blocked", "waiting", "due", "settled"] as const;
const MOST_COUNTED = 1_000; // the backend counts no further

export function MembersPanel() {
  const [state, setState] = useState<State>("blocked");
  const counts = useConsoleQuery(api.memberRoles.counts, {});
  const textOf = (known: State) => {
    if (counts.state !== "ready" || known === "settled") return known;
    const count = counts.data[known];
    return `${known} (${count === MOST_COUNTED ? `${MOST_COUNTED} or more` : count})`;
  };
  return (
    <Panel
      title="Members"
      about="One line for each Discord account and server. What waits is tried again by itself; what is blocked needs you."
      flush
    >
      <Inset>
        <SelectField
          label="State"
          value={state}
          options={STATES.map((known) => ({ value: known, text: textOf(known) }))}
          onChange={({ target }) =>
            setState(STATES.find((known) => known === target.value) ?? "blocked")
          }
        />
      </Inset>
      <MembersTable key={state} state={state} />
    </Panel>
  );
}

function MembersTable({ state }: { state: State }) {
  // Where each page began, so that one can go back; the last is the one that is shown.
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const client = useConvex();
  const deed = useDeed();
  const answer = useConsoleQuery(api.memberRoles.list, {
    memberState: state,
    cursor: cursors.at(-1) ?? null,
  });
  const retry = ({ memberRoleId }: MemberRoles) =>
    void deed.run(() => client.mutation(api.memberRoles.retryNow, { memberRoleId }));
  return (
    <>
      {deed.refusal !== null && <Strip tone="bad">{deed.refusal.message}</Strip>}
      <QueryState answer={answer} heightRem={16}>
        {({ members, cursor }) => (
          <>
            {members.length === 0 ? (
              <Notice icon={EmptyIcon} title={`Nobody is ${state}`}>
                <p>Roles follow access by themselves; who cannot get one appears here.</p>
              </Notice>
            ) : (
              <Table
                caption="Members"
                columns={columnsFor(retry, deed.busy)}
                rows={members}
                rowKey={({ memberRoleId }) => memberRoleId}
              />
            )}
            {(cursors.length > 1 || cursor !== null) && (
              <Inset>
                <Row>
                  {cursors.length > 1 && (
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
    </>
  );
}

function columnsFor(
  onRetry: (member: MemberRoles) => void,
  busy: boolean,
): ReadonlyArray<Column<MemberRoles>> {
  return [
    {
      key: "person",
      title: "Who",
      cell: ({ person, discordId }) => person ?? <Code>{discordId}</Code>,
    },
    { key: "server", title: "Server", cell: ({ guildName, guildId }) => guildName ?? guildId },
    { key: "wanted", title: "Wanted", cell: ({ wanted }) => wanted.join(", ") || "none" },
    { key: "given", title: "Given", cell: ({ given }) => given.join(", ") || "none" },
    {
      key: "why",
      title: "Why",
      wrap: true,
      cell: ({ state, code, message }) =>
        code === null ? (
          <Badge tone={STATE_TONES[state]}>{state}</Badge>
        ) : (
          <>
            <Badge tone={STATE_TONES[state]}>{code}</Badge> {message}
          </>
        ),
    },
    { key: "since", title: "Due", cell: ({ dueAtMs }) => <TimeAgo atMs={dueAtMs} /> },
    {
      key: "retry",
      title: "",
      align: "end",
      cell: (member) => (
        <Button
          busy={busy}
          aria-label={`Try ${member.person ?? member.discordId} now`}
          onClick={() => onRetry(member)}
        >
          Retry now
        </Button>
      ),
    },
  ];
}
