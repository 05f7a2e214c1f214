/** The customer's Discord account in the servers of their plan, and the reason where they are not in. */
import { Badge, Code, type Column, Panel, Quiet, Table, type Tone } from "@heliograph/ui";
import type { Customer } from "../backend.ts";

type Discord = NonNullable<Customer["discord"]>;
type Server = Discord["servers"][number];

const STATES: Record<Server["state"], { tone: Tone; word: string }> = {
  notLinked: { tone: "neutral", word: "Not linked" },
  adding: { tone: "info", word: "Being added" },
  member: { tone: "good", word: "Member" },
  screening: { tone: "warn", word: "Has to accept the rules" },
  left: { tone: "warn", word: "Left, the plan goes on" },
  absent: { tone: "neutral", word: "Not joined" },
  notIn: { tone: "warn", word: "Not in" },
};

export function DiscordPanel({ discord: { name, servers } }: { discord: Discord }) {
  return (
    <Panel title="Discord" about={`Linked as ${name}.`} flush={servers.length > 0}>
      {servers.length === 0 ? (
        <Quiet>What they have opens no server.</Quiet>
      ) : (
        <Table
          caption="Servers"
          columns={COLUMNS}
          rows={servers}
          rowKey={({ guildId }) => guildId}
        />
      )}
    </Panel>
  );
}

const COLUMNS: ReadonlyArray<Column<Server>> = [
  { key: "name", title: "Server", cell: ({ name }) => name },
  {
    key: "state",
    title: "State",
    cell: ({ state }) => <Badge tone={STATES[state].tone}>{STATES[state].word}</Badge>,
  },
  { key: "code", title: "Reason", cell: ({ code }) => code !== null && <Code>{code}</Code> },
];
