/** The sources: what came of each, whether the bot hears it, and the last time it did not. */
import {
  Badge,
  type Column,
  countText,
  EmptyIcon,
  Notice,
  Panel,
  Quiet,
  Stack,
  Table,
  TimeAgo,
} from "@heliograph/ui";
import type { CapturedSource } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import type { Answer } from "../session/use-console-query.ts";
import { gapWords, stateWord } from "./capture-words.ts";

const COLUMNS: ReadonlyArray<Column<CapturedSource>> = [
  { key: "name", title: "Source", cell: ({ name }) => name },
  { key: "bot", title: "Discord", cell: ({ bot }) => <BotState bot={bot} /> },
  {
    key: "last",
    title: "Last signal",
    cell: ({ counts }) =>
      counts?.lastSignalAtMs == null ? "None yet" : <TimeAgo atMs={counts.lastSignalAtMs} />,
  },
  {
    key: "accepted",
    title: "Taken",
    align: "end",
    cell: ({ counts }) => countText(counts?.accepted ?? 0),
  },
  {
    key: "repeats",
    title: "Known already",
    align: "end",
    cell: ({ counts }) => countText((counts?.duplicate ?? 0) + (counts?.stale ?? 0)),
  },
  { key: "gap", title: "Last gap", cell: ({ bot }) => <LastGap bot={bot} /> },
  {
    key: "tradingview",
    title: "TradingView",
    cell: ({ endpoints }) => (endpoints.length === 0 ? "No address" : `${endpoints.length} in use`),
  },
];

export function HealthPanel({ answer }: { answer: Answer<{ sources: CapturedSource[] }> }) {
  return (
    <Panel
      title="Capture health"
      about="What each source delivers. Counts are some seconds behind, and include edits and deletions."
      flush
    >
      <QueryState answer={answer} heightRem={12}>
        {({ sources }) =>
          sources.length === 0 ? (
            <Notice icon={EmptyIcon} title="No sources yet">
              <p>Add one under Sources & routes.</p>
            </Notice>
          ) : (
            <Table
              caption="Capture health"
              columns={COLUMNS}
              rows={sources}
              rowKey={({ sourceId }) => sourceId}
            />
          )
        }
      </QueryState>
    </Panel>
  );
}

function BotState({ bot }: Pick<CapturedSource, "bot">) {
  const { word, tone } = stateWord(bot);
  return (
    <Stack gap="tight">
      <div>
        <Badge tone={tone}>{word}</Badge>
      </div>
      {bot?.message != null && <Quiet>{bot.message}</Quiet>}
    </Stack>
  );
}

function LastGap({ bot }: Pick<CapturedSource, "bot">) {
  if (bot === null || bot.lastGap === null) return "None";
  return (
    <Stack gap="tight">
      <TimeAgo atMs={bot.lastGap.untilMs} />
      <Quiet>{gapWords(bot.lastGap)}</Quiet>
    </Stack>
  );
}
