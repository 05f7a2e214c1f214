/** The servers that the bots are in, and the channels of the one that is opened. */
import {
  Code,
  type Column,
  EmptyIcon,
  Inset,
  Notice,
  Panel,
  SelectField,
  Table,
} from "@heliograph/ui";
import { useState } from "react";
import { api, type BotChannel } from "../backend.ts";
import { QueryState } from "../query-state.tsx";
import { useConsoleQuery } from "../session/use-console-query.ts";
import { kindText } from "./bot-words.ts";
import { inDiscordOrder, uniqueGuilds } from "./catalogue-order.ts";

export function GuildsPanel() {
  const answer = useConsoleQuery(api.bots.guilds, {});
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Panel title="Servers and channels" about="Names are those of Discord, as they change." flush>
      <QueryState answer={answer} heightRem={12}>
        {({ guilds }) => {
          const unique = uniqueGuilds(guilds);
          const open = unique.find(({ guildId }) => guildId === chosen) ?? unique[0];
          if (open === undefined) return <NoServers />;
          return (
            <>
              <Inset>
                <SelectField
                  label="Server"
                  value={open.guildId}
                  onChange={(event) => setChosen(event.target.value)}
                  options={unique.map(({ guildId, name }) => ({ value: guildId, text: name }))}
                />
              </Inset>
              <Channels guildId={open.guildId} />
            </>
          );
        }}
      </QueryState>
    </Panel>
  );
}

function NoServers() {
  return (
    <Notice icon={EmptyIcon} title="No bot is in a server">
      <p>Invite the bot to your servers, and they appear here.</p>
    </Notice>
  );
}

function Channels({ guildId }: { guildId: string }) {
  const answer = useConsoleQuery(api.bots.guild, { guildId });
  return (
    <QueryState answer={answer} heightRem={12}>
      {({ channels }) => (
        <Table
          caption="Channels"
          columns={COLUMNS}
          rows={inDiscordOrder(channels)}
          rowKey={({ channelId }) => channelId}
        />
      )}
    </QueryState>
  );
}

const COLUMNS: ReadonlyArray<Column<BotChannel>> = [
  { key: "name", title: "Channel", cell: ({ name }) => name },
  { key: "kind", title: "Kind", cell: ({ type }) => kindText(type) },
  { key: "id", title: "Id", cell: ({ channelId }) => <Code>{channelId}</Code> },
];
