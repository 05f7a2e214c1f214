/** The servers of the plan: which one is in, and why not in the others. */
import {
  Badge,
  Button,
  type Column,
  Quiet,
  Row,
  Stack,
  Strip,
  Table,
  useDeed,
} from "@heliograph/ui";
import { useMutation } from "convex/react";
import { api, type DiscordServer } from "../backend.ts";
import { LinkButton } from "./link-button.tsx";
import { serverWords } from "./server-words.ts";

export function ServersTable({ servers }: { servers: readonly DiscordServer[] }) {
  const cures = new Set(servers.map((server) => serverWords(server).cure));
  return (
    <Stack gap="tight">
      <Table
        caption="Servers of your plan"
        columns={COLUMNS}
        rows={servers}
        rowKey={({ guildId }) => guildId}
      />
      <Row>
        {cures.has("agree") && <LinkButton label="Allow it at Discord" />}
        {cures.has("again") && <AgainButton />}
      </Row>
    </Stack>
  );
}

function AgainButton() {
  const joinAgain = useMutation(api.discord.joinAgain);
  const { run, busy, refusal } = useDeed();
  return (
    <>
      <Button busy={busy} onClick={() => void run(() => joinAgain({}))}>
        Add me again
      </Button>
      {refusal !== null && <Strip tone="bad">{refusal.message}</Strip>}
    </>
  );
}

const COLUMNS: ReadonlyArray<Column<DiscordServer>> = [
  { key: "name", title: "Server", cell: ({ name }) => name },
  {
    key: "state",
    title: "You",
    wrap: true,
    cell: (server) => {
      const { tone, word, text } = serverWords(server);
      return (
        <Stack gap="tight">
          <Badge tone={tone}>{word}</Badge>
          {text !== "" && <Quiet>{text}</Quiet>}
        </Stack>
      );
    },
  },
];
