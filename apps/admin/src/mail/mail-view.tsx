/** The outbox: what was mailed and how it went; in a demo also the texts, since nothing is sent. */
import {
  Badge,
  Button,
  type Column,
  Dialog,
  EmptyIcon,
  Notice,
  Panel,
  Plain,
  Quiet,
  Stack,
  Strip,
  Table,
  TimeAgo,
  type Tone,
} from "@heliograph/ui";
import { useState } from "react";
import { api, type OutboxMail } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";

const TONES: Record<OutboxMail["state"], Tone> = {
  queued: "info",
  sent: "good",
  failed: "bad",
  kept: "neutral",
};

export function MailView() {
  const answer = useConsoleQuery(api.mail.outbox, {});
  const [open, setOpen] = useState<OutboxMail | null>(null);
  return (
    <QueryState answer={answer} heightRem={24}>
      {({ mode, problem, mails }) => (
        <Stack>
          {problem !== null && <Strip tone="bad">No mail can be sent. {problem}</Strip>}
          {mode === "outbox" && (
            <Strip tone="warn">
              Nothing is sent here: mails stay in this list, with their texts. Those to staff of
              your rank or above are for themselves only.
            </Strip>
          )}
          <Panel title="Outbox" about="The newest hundred." flush>
            {mails.length === 0 ? (
              <Notice icon={EmptyIcon} title="No mail yet">
                <p>Sign-ups, resets and invitations appear here by themselves.</p>
              </Notice>
            ) : (
              <Table
                caption="Mails"
                columns={columnsFor(setOpen)}
                rows={mails}
                rowKey={({ mailId }) => mailId}
              />
            )}
          </Panel>
          <Dialog
            open={open !== null}
            onOpenChange={(isOpen) => !isOpen && setOpen(null)}
            title={open?.subject ?? ""}
            description={`To ${open?.to ?? ""}`}
          >
            <Plain>{open?.text ?? ""}</Plain>
          </Dialog>
        </Stack>
      )}
    </QueryState>
  );
}

function columnsFor(onOpen: (mail: OutboxMail) => void): ReadonlyArray<Column<OutboxMail>> {
  return [
    { key: "to", title: "To", cell: ({ to }) => to },
    { key: "subject", title: "Subject", cell: ({ subject }) => subject },
    {
      key: "state",
      title: "State",
      cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge>,
    },
    { key: "at", title: "Queued", cell: ({ queuedAtMs }) => <TimeAgo atMs={queuedAtMs} /> },
    { key: "attempts", title: "Attempts", align: "end", cell: ({ attempts }) => String(attempts) },
    { key: "code", title: "Last failure", cell: ({ code }) => code ?? "" },
    {
      key: "open",
      title: "",
      align: "end",
      cell: (mail) =>
        mail.isWithheld ? (
          <Quiet>Not for you</Quiet>
        ) : (
          mail.text !== null && <Button onClick={() => onOpen(mail)}>Read</Button>
        ),
    },
  ];
}
