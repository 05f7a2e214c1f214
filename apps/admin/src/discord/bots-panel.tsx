/** The bot processes: online since when, how far from Discord, with which shards. */
import {
  Badge,
  type Column,
  EmptyIcon,
  msText,
  Notice,
  Panel,
  Quiet,
  Stack,
  Table,
  TimeAgo,
} from "@heliograph/ui";
import { api, type BotProcess } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { reasonOf, shardsText, stateOf } from "./bot-words.ts";

const COLUMNS: ReadonlyArray<Column<BotProcess>> = [
  { key: "bot", title: "Bot", cell: ({ botName }) => botName ?? "Never let in" },
  { key: "state", title: "State", cell: (bot) => <BotState bot={bot} />, wrap: true },
  { key: "since", title: "Since", cell: ({ sinceMs }) => <TimeAgo atMs={sinceMs} /> },
  { key: "ping", title: "To Discord", align: "end", cell: ({ pingMs }) => msText(pingMs) },
  { key: "gateway", title: "Gateway shards", cell: shardsText },
  { key: "worker", title: "Worker shards", cell: ({ workerShards }) => workerShards.join(", ") },
  { key: "holder", title: "Process", cell: ({ holder }) => holder },
];

export function BotsPanel() {
  const answer = useConsoleQuery(api.bots.list, {});
  return (
    <Panel title="Bots" about="Each process with its connection to Discord." flush>
      <QueryState answer={answer} heightRem={8}>
        {({ bots }) =>
          bots.length === 0 ? (
            <Notice icon={EmptyIcon} title="No bot has been here yet">
              <p>
                Start one with a machine token of kind bot and the token of a Discord application.
              </p>
            </Notice>
          ) : (
            <Table caption="Bots" columns={COLUMNS} rows={bots} rowKey={({ holder }) => holder} />
          )
        }
      </QueryState>
    </Panel>
  );
}

function BotState({ bot }: { bot: BotProcess }) {
  const { text, tone } = stateOf(bot);
  const reason = reasonOf(bot);
  return (
    <Stack gap="tight">
      <Badge tone={tone}>{text}</Badge>
      {reason !== null && <Quiet>{reason}</Quiet>}
    </Stack>
  );
}
